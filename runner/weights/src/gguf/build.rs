//! Small GGUF files for the tests.

/// A GGUF file that is put together key by key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gguf {
    keys: Vec<Vec<u8>>,
    tensors: Vec<Vec<u8>>,
    data: u64,
}

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

impl Gguf {
    /// A model of four layers with 8 heads of 32, as llama.cpp would write it.
    pub(crate) fn tiny() -> Gguf {
        Gguf::default()
            .text("general.architecture", "llama")
            .text("general.name", "tiny")
            .u32("general.file_type", 15)
            .u32("llama.block_count", 4)
            .u32("llama.embedding_length", 256)
            .u32("llama.context_length", 4096)
            .u32("llama.attention.head_count", 8)
            .u32("llama.attention.head_count_kv", 4)
            .texts("tokenizer.ggml.tokens", &["a", "b", "c"])
            .tensor("token_embd.weight", &[256, 3], 12)
            .tensor("blk.0.attn_q.weight", &[256, 256], 12)
            .tensor("output_norm.weight", &[256], 0)
    }

    pub(crate) fn raw(mut self, key: &str, kind: u32, value: &[u8]) -> Gguf {
        self.keys.push([&text(key)[..], &kind.to_le_bytes(), value].concat());
        self
    }

    pub(crate) fn u32(self, key: &str, value: u32) -> Gguf {
        self.raw(key, 4, &value.to_le_bytes())
    }

    pub(crate) fn text(self, key: &str, value: &str) -> Gguf {
        self.raw(key, 8, &text(value))
    }

    pub(crate) fn texts(self, key: &str, values: &[&str]) -> Gguf {
        let all: Vec<u8> = values.iter().flat_map(|value| text(value)).collect();
        let head = [&8_u32.to_le_bytes()[..], &(values.len() as u64).to_le_bytes()].concat();
        self.raw(key, 9, &[head, all].concat())
    }

    pub(crate) fn numbers(self, key: &str, values: &[i32]) -> Gguf {
        let all: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let head = [&5_u32.to_le_bytes()[..], &(values.len() as u64).to_le_bytes()].concat();
        self.raw(key, 9, &[head, all].concat())
    }

    pub(crate) fn tensor(mut self, name: &str, shape: &[u64], kind: u32) -> Gguf {
        let mut bytes = text(name);
        bytes.extend((shape.len() as u32).to_le_bytes());
        bytes.extend(shape.iter().flat_map(|length| length.to_le_bytes()));
        bytes.extend(kind.to_le_bytes());
        bytes.extend(self.data.to_le_bytes());
        if let Some(known) = super::tensor_type::by_number(kind) {
            let count: u64 = shape.iter().product();
            self.data += (count / known.weights * known.bytes).next_multiple_of(32);
        }
        self.tensors.push(bytes);
        self
    }

    /// The file with weights of zeros.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(3_u32.to_le_bytes());
        bytes.extend((self.tensors.len() as u64).to_le_bytes());
        bytes.extend((self.keys.len() as u64).to_le_bytes());
        bytes.extend(self.keys.concat());
        bytes.extend(self.tensors.concat());
        bytes.resize(bytes.len().next_multiple_of(32) + self.data as usize, 0);
        bytes
    }
}
