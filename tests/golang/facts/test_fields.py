"""What fields are worth: literals, constructors, assignments, and structs that libraries fill."""

from __future__ import annotations

import pytest

from gotare.golang.facts.values import Values
from tests.golang.facts.snippets import cases, short, sinks, sources_of, sunk


@pytest.mark.parametrize(("expected", "code"), cases("fields", "filled", "flags"))
def test_fields_keys_and_flags(expected: list[str | None], code: str) -> None:
    assert list(short(sunk(code))) == expected


def test_a_config_package_and_a_server_package() -> None:
    main = """package main
    import (
        "example.com/app/internal/config"
        "example.com/app/internal/server"
    )
    func main() {
        cfg, err := config.Load()
        if err != nil {
            panic(err)
        }
        server.New(cfg).Run()
    }"""
    config = """package config
    import "os"
    type Config struct {
        HTTP HTTP
    }
    type HTTP struct { Addr string }
    func Load() (*Config, error) {
        return &Config{HTTP: HTTP{Addr: get("ADDR", ":8080")}}, nil
    }
    func get(k, d string) string { if v, ok := os.LookupEnv(k); ok { return v }; return d }"""
    server = """package server
    import "example.com/app/internal/config"
    type Server struct { cfg *config.Config }
    func New(cfg *config.Config) *Server { return &Server{cfg: cfg} }
    func (s *Server) Run() { sink(s.cfg.HTTP.Addr) }"""
    assert short(sunk(main, config=config, server=server)) == (":8080", "ADDR", "")


def test_two_commands_with_a_flag_of_one_name_leave_it_unknown() -> None:
    code = """package main
    import "github.com/spf13/cobra"
    func a(c *cobra.Command) { c.Flags().Int("port", 80, "x") }
    func b(c *cobra.Command) { c.Flags().Int("port", 90, "x") }
    func run(c *cobra.Command) { p, _ := c.Flags().GetInt("port"); sink(p) }"""
    value = sunk(code)
    assert (value.text, value.flag, value.exact) == (None, "port", False)


def test_a_struct_filled_twice_has_a_variable_on_each_way() -> None:
    code = """package main
    import "github.com/caarlos0/env/v11"
    type DB struct { Host string `env:"HOST" envDefault:"db"` }
    type C struct {
        Main DB `envPrefix:"MAIN_"`
        Copy DB `envPrefix:"COPY_"`
    }
    func open(d DB) { sink(d.Host) }
    func main() {
        var c C
        env.Parse(&c)
        sink(c.Main.Host)
        sink(c.Copy.Host)
        open(c.Main)
        open(c.Copy)
    }"""
    sources = sources_of(code)
    values = Values(sources)
    found = [short(values.value(call, call.arguments[0])) for call in sinks(sources)]
    assert found[1:] == [("db", "MAIN_HOST", ""), ("db", "COPY_HOST", "")]
    assert found[0] == ("db", "", "")
