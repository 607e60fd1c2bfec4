"""The language server: findings, explanations and repairs while files are being written."""
