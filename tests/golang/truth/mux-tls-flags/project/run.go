package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/gorilla/mux"
)

const shell = "/bin/sh"

func hook(w http.ResponseWriter, r *http.Request) {
	name := mux.Vars(r)["name"]
	work, err := os.MkdirTemp("", "hook-")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer os.RemoveAll(work)
	if out, err := git("clone", "--depth=1", r.FormValue("url"), work); err != nil {
		http.Error(w, string(out), http.StatusBadGateway)
		return
	}
	cmd := exec.Command(shell, filepath.Join(options.scripts, name+".sh"))
	cmd.Dir = work
	cmd.Stdout = w
	if err := cmd.Run(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func git(args ...string) ([]byte, error) {
	return exec.Command("git", args...).CombinedOutput()
}
