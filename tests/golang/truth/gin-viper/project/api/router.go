package api

import (
	"database/sql"
	"net/http"

	"github.com/gin-gonic/gin"
)

type handlers struct{ db *sql.DB }

// NewRouter returns all routes of the shop.
func NewRouter(db *sql.DB, level string) *gin.Engine {
	if level != "debug" {
		gin.SetMode(gin.ReleaseMode)
	}
	r := gin.New()
	r.Use(gin.Logger(), gin.Recovery())
	r.LoadHTMLGlob("templates/*")
	r.Static("/assets", "./assets")
	r.StaticFile("/favicon.ico", "./assets/favicon.ico")

	h := handlers{db}
	r.GET("/", h.index)
	system := r.Group("/system")
	{
		system.GET("/live", h.live)
		system.GET("/ready", h.ready)
	}
	v1 := r.Group("/api/v1")
	v1.GET("/products", h.products)
	v1.POST("/products", h.products)
	return r
}

func (h handlers) index(c *gin.Context) {
	c.HTML(http.StatusOK, "index.html", gin.H{"Title": "Shop"})
}

func (h handlers) live(c *gin.Context) { c.Status(http.StatusNoContent) }

func (h handlers) ready(c *gin.Context) {
	if err := h.db.PingContext(c.Request.Context()); err != nil {
		c.AbortWithStatus(http.StatusServiceUnavailable)
		return
	}
	c.Status(http.StatusNoContent)
}

func (h handlers) products(c *gin.Context) {
	file, err := c.FormFile("picture")
	if err == nil {
		err = c.SaveUploadedFile(file, "uploads/"+file.Filename)
	}
	if err != nil {
		c.AbortWithStatus(http.StatusBadRequest)
		return
	}
	c.Status(http.StatusCreated)
}
