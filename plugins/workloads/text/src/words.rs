//! The vocabulary, by class. Plain words that tokenizers know well.

#[rustfmt::skip]
pub(crate) const PEOPLE: &[&str] = &[
    "keeper", "clerk", "engineer", "pilot", "baker", "teacher", "captain", "farmer", "doctor",
    "painter", "printer", "mason", "carpenter", "editor", "miller", "porter", "gardener",
    "librarian", "sailor", "mayor", "nurse", "student", "merchant", "driver", "officer", "writer",
    "tailor", "builder", "judge", "surgeon", "chemist", "botanist", "inspector", "neighbour",
    "widow", "cousin", "apprentice", "manager", "watchman", "visitor", "stranger", "translator",
    "musician", "photographer", "mechanic", "shepherd", "fisherman", "secretary", "accountant",
    "guide",
];

#[rustfmt::skip]
pub(crate) const THINGS: &[&str] = &[
    "bridge", "ledger", "lantern", "engine", "window", "letter", "map", "clock", "mill", "tower",
    "boat", "wagon", "table", "chair", "drawer", "key", "door", "wall", "roof", "garden", "barn",
    "stove", "cup", "kettle", "rope", "sail", "anchor", "wheel", "gate", "fence", "path", "field",
    "orchard", "basket", "barrel", "crate", "parcel", "ticket", "notebook", "pencil", "camera",
    "radio", "telescope", "violin", "piano", "coat", "hat", "boot", "blanket", "mirror", "ladder",
    "hammer", "needle", "candle", "stone", "coin", "bottle", "cart", "train", "ferry", "tunnel",
    "pump", "pipe", "valve", "cable", "lamp", "bell", "chart", "folder", "report", "contract",
    "photograph", "painting", "statue", "fountain", "staircase", "cellar", "kitchen", "workshop",
    "chapel", "school", "library", "station", "hotel", "market",
];

#[rustfmt::skip]
pub(crate) const PLURALS: &[&str] = &[
    "apples", "bricks", "letters", "tools", "books", "papers", "maps", "boats", "sheep", "horses",
    "bees", "seeds", "leaves", "stones", "coins", "bottles", "barrels", "blankets", "boots",
    "windows", "doors", "keys", "lamps", "bells", "ropes", "nails", "planks", "tickets",
    "photographs", "songs", "stories", "plans", "rules", "numbers", "figures", "measurements",
    "samples", "records", "promises", "questions", "answers", "repairs", "deliveries", "visits",
    "bills", "loans", "prices", "taxes", "guests", "children",
];

#[rustfmt::skip]
pub(crate) const ADJECTIVES: &[&str] = &[
    "narrow", "quiet", "old", "small", "heavy", "bright", "green", "empty", "broken", "wooden",
    "careful", "patient", "honest", "modest", "curious", "nervous", "generous", "stubborn",
    "practical", "clever", "tired", "young", "famous", "ordinary", "strange", "simple", "plain",
    "warm", "cold", "dry", "wet", "dusty", "clean", "dark", "pale", "golden", "red", "blue",
    "white", "black", "round", "square", "flat", "steep", "deep", "shallow", "long", "short",
    "loud", "silent", "early", "late", "new", "spare", "public", "private", "local", "distant",
    "foreign", "northern", "southern", "eastern", "western", "central", "tall", "low", "thin",
    "thick", "smooth", "rough", "sharp", "soft", "hard", "sweet", "bitter", "gentle", "fierce",
    "slow", "quick", "steady",
];

#[rustfmt::skip]
pub(crate) const VERBS: &[&str] = &[
    "repaired", "painted", "carried", "opened", "closed", "measured", "counted", "described",
    "examined", "borrowed", "returned", "sold", "bought", "found", "lost", "noticed", "ignored",
    "remembered", "misplaced", "cleaned", "moved", "lifted", "dropped", "pushed", "pulled", "tied",
    "locked", "checked", "inspected", "signed", "copied", "drew", "sketched", "photographed",
    "mentioned", "praised", "blamed", "defended", "protected", "watched", "followed", "replaced",
    "rebuilt", "finished", "started", "delayed", "ordered", "delivered", "collected", "sorted",
    "labelled", "packed", "stored", "hid", "kept", "guarded", "tested", "improved", "studied",
    "admired",
];

#[rustfmt::skip]
pub(crate) const ADVERBS: &[&str] = &[
    "slowly", "quickly", "carefully", "quietly", "gladly", "often", "rarely", "twice", "again",
    "alone", "together", "politely", "firmly", "gently", "openly", "secretly", "patiently",
    "eagerly", "briefly", "properly", "badly", "neatly", "roughly", "exactly", "easily", "suddenly",
    "finally", "usually", "always", "seldom",
];

#[rustfmt::skip]
pub(crate) const PLACES: &[&str] = &[
    "near the harbour", "behind the school", "beside the canal", "under the bridge",
    "above the bakery", "on the hill", "in the valley", "at the station", "across the square",
    "along the river", "inside the tower", "outside the village", "by the northern gate",
    "at the edge of the forest", "in the back room", "on the upper floor", "near the mill",
    "beyond the last farm", "between the two roads", "at the foot of the mountain",
    "in the reading room", "on the eastern shore", "next to the post office",
    "in the long corridor", "under the old oak", "at the far end of the yard", "on the island",
    "in the market hall", "beside the railway", "behind the town hall",
];

#[rustfmt::skip]
pub(crate) const ABSTRACTS: &[&str] = &[
    "silence", "weather", "trade", "history", "music", "memory", "patience", "money", "work",
    "health", "travel", "language", "science", "justice", "friendship", "hunger", "winter",
    "summer", "distance", "danger", "hope", "habit", "custom", "duty", "pride", "luck", "time",
    "debt", "care", "order",
];

#[rustfmt::skip]
pub(crate) const DAYS: &[&str] = &[
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
];

#[rustfmt::skip]
pub(crate) const MONTHS: &[&str] = &[
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
];

#[rustfmt::skip]
pub(crate) const NAMES: &[&str] = &[
    "Anna", "Peter", "Maria", "Thomas", "Helen", "Martin", "Clara", "Paul", "Sofia", "Henry",
    "Laura", "Victor", "Julia", "Simon", "Emma", "Oscar", "Alice", "Daniel", "Nora", "Felix",
    "Ruth", "Hugo", "Irene", "Walter", "Diana", "Leon", "Rosa", "Edgar", "Vera", "Karl",
];

/// Nouns of code: what identifiers are made of.
#[rustfmt::skip]
pub(crate) const CODE_NOUNS: &[&str] = &[
    "account", "amount", "batch", "buffer", "cache", "client", "column", "config", "counter",
    "cursor", "entry", "event", "field", "file", "filter", "frame", "group", "handle", "header",
    "index", "invoice", "item", "job", "key", "label", "ledger", "limit", "line", "lock", "message",
    "node", "offset", "order", "owner", "packet", "page", "parser", "path", "payment", "pool",
    "price", "query", "queue", "range", "rate", "record", "report", "request", "response", "result",
    "route", "row", "schema", "score", "session", "shard", "signal", "slot", "source", "state",
    "status", "stream", "table", "target", "task", "timer", "token", "total", "tree", "user",
    "value", "version", "window", "worker",
];

/// Verbs of code: what functions begin with.
#[rustfmt::skip]
pub(crate) const CODE_VERBS: &[&str] = &[
    "add", "apply", "build", "check", "clear", "close", "collect", "compare", "convert", "copy",
    "count", "create", "decode", "drop", "encode", "expand", "fetch", "find", "flush", "format",
    "group", "insert", "join", "list", "load", "lookup", "merge", "move", "open", "parse", "pick",
    "push", "read", "release", "remove", "render", "reset", "resolve", "save", "scan", "send",
    "sort", "split", "start", "store", "sum", "sync", "trim", "update", "validate", "verify",
    "wait", "write",
];

/// The words of nonces and of the openings of cold prompts: 256, each one
/// reference token with a space before it.
#[rustfmt::skip]
pub(crate) const NONCE: &[&str; 256] = &[
    "amber", "anchor", "apple", "arch", "arrow", "ash", "atlas", "autumn", "badge", "balance",
    "band", "bank", "barn", "basin", "basket", "bay", "beach", "beam", "bell", "bench", "berry",
    "bird", "blade", "blanket", "bloom", "boat", "bone", "book", "boot", "border", "bottle",
    "branch", "brass", "bread", "breeze", "brick", "bridge", "bronze", "brook", "brush", "bucket",
    "button", "cabin", "cable", "camera", "camp", "canal", "candle", "canvas", "canyon", "cape",
    "carbon", "card", "carpet", "castle", "cave", "cedar", "chain", "chair", "chalk", "chapel",
    "cherry", "chest", "circle", "cliff", "clock", "cloth", "cloud", "coast", "coat", "coin",
    "copper", "coral", "corn", "cotton", "cream", "creek", "crown", "crystal", "cup", "curtain",
    "dawn", "deck", "delta", "desert", "desk", "diamond", "dock", "door", "dress", "drift", "drum",
    "dust", "eagle", "earth", "east", "echo", "edge", "engine", "fabric", "farm", "feather",
    "fence", "ferry", "field", "film", "finger", "fire", "flag", "flame", "flower", "fog", "forest",
    "fork", "fountain", "fox", "frame", "frost", "fruit", "garden", "gate", "giant", "glass",
    "globe", "gold", "grain", "granite", "grape", "grass", "gravel", "grove", "guitar", "hall",
    "hammer", "harbor", "hill", "honey", "hook", "horizon", "horn", "horse", "hotel", "house",
    "ice", "ink", "iron", "island", "ivory", "jacket", "jewel", "journey", "jungle", "kettle",
    "key", "kitchen", "knife", "ladder", "lake", "lamp", "lantern", "lawn", "leaf", "leather",
    "lemon", "library", "lily", "linen", "lion", "machine", "magnet", "maple", "marble", "market",
    "mask", "meadow", "metal", "mill", "mirror", "mist", "moon", "moss", "motor", "mountain",
    "museum", "needle", "nest", "north", "oak", "ocean", "olive", "orange", "orbit", "orchard",
    "oven", "owl", "paint", "palace", "palm", "paper", "park", "path", "pearl", "pencil", "pepper",
    "piano", "pilot", "pine", "pipe", "plain", "planet", "plate", "pond", "port", "prairie",
    "prism", "pump", "quarter", "rabbit", "radio", "rail", "rain", "ranch", "ribbon", "ridge",
    "ring", "river", "road", "robin", "rock", "roof", "rope", "rose", "ruby", "sail", "salt",
    "sand", "school", "sea", "seed", "shadow", "shell", "ship", "shore", "silk", "silver", "sky",
    "smoke", "snow", "soil", "south", "spark", "spring", "stable", "stage", "star", "steam",
];
