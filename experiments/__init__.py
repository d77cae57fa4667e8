"""Studies, benchmarks and the synthetic bank: each a file with a question and its measured answer."""
