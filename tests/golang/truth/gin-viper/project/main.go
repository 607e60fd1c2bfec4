package main

import (
	"database/sql"
	"log"
	"strings"

	_ "github.com/go-sql-driver/mysql"
	"github.com/spf13/viper"

	"example.com/shop/api"
)

func loadConfig() {
	viper.SetConfigName("config")
	viper.SetConfigType("yaml")
	viper.AddConfigPath(".")
	viper.AddConfigPath("/etc/shop")
	viper.SetEnvPrefix("shop")
	viper.SetEnvKeyReplacer(strings.NewReplacer(".", "_"))
	viper.AutomaticEnv()
	viper.SetDefault("server.addr", ":8000")
	viper.SetDefault("log.level", "info")
	if err := viper.BindEnv("mysql.dsn", "MYSQL_DSN"); err != nil {
		log.Fatal(err)
	}
	if err := viper.ReadInConfig(); err != nil {
		log.Println("no config file:", err)
	}
}

func main() {
	loadConfig()
	db, err := sql.Open("mysql", viper.GetString("mysql.dsn"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	router := api.NewRouter(db, viper.GetString("log.level"))
	if err := router.Run(viper.GetString("server.addr")); err != nil {
		log.Fatal(err)
	}
}
