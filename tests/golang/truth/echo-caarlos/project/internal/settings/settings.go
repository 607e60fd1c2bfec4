package settings

import (
	"fmt"
	"time"

	"github.com/caarlos0/env/v11"
)

type HTTP struct {
	Host string `env:"HOST" envDefault:"0.0.0.0"`
	Port int    `env:"PORT" envDefault:"3000"`
}

func (h HTTP) Address() string { return fmt.Sprintf("%s:%d", h.Host, h.Port) }

type Broker struct {
	URL      string        `env:"URL,required"`
	Prefetch int           `env:"PREFETCH" envDefault:"16"`
	Timeout  time.Duration `env:"TIMEOUT" envDefault:"5s"`
}

type Settings struct {
	HTTP     HTTP   `envPrefix:"HTTP_"`
	Broker   Broker `envPrefix:"AMQP_"`
	Debug    bool   `env:"DEBUG"`
	SignKey  string `env:"SIGNING_KEY,required,unset"`
	internal string
}

func Read() (Settings, error) {
	return env.ParseAs[Settings]()
}
