package config

const key = "../server.key"
