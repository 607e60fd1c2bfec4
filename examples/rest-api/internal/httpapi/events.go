package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gorilla/mux"

	"example.com/rest-api/internal/event"
)

const mostBody = 64 << 10

// badRequest is an error that the client made.
type badRequest struct{ error }

// answered turns an error into a status. What went wrong inside is for the log only.
func (a api) answered(handle func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := handle(w, r)
		var bad badRequest
		switch {
		case err == nil:
		case errors.As(err, &bad):
			http.Error(w, err.Error(), http.StatusBadRequest)
		case errors.Is(err, event.ErrNotFound):
			http.Error(w, err.Error(), http.StatusNotFound)
		default:
			a.Log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
			http.Error(w, "something went wrong", http.StatusInternalServerError)
		}
	}
}

func (a api) list(w http.ResponseWriter, r *http.Request) error {
	found := []event.Event{}
	err := a.Events.Each(r.Context(), func(e event.Event) error {
		found = append(found, e)
		return nil
	})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, found)
}

func (a api) get(w http.ResponseWriter, r *http.Request) error {
	id, err := number(r)
	if err != nil {
		return err
	}
	found, err := a.Events.Get(r.Context(), id)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, found)
}

func (a api) add(w http.ResponseWriter, r *http.Request) error {
	wanted, err := readEvent(w, r)
	if err != nil {
		return err
	}
	added, err := a.Events.Add(r.Context(), wanted)
	if err != nil {
		return err
	}
	a.Created(r.Context(), added)
	w.Header().Set("Location", fmt.Sprintf("/events/%d", added.ID))
	return writeJSON(w, http.StatusCreated, added)
}

func (a api) change(w http.ResponseWriter, r *http.Request) error {
	id, err := number(r)
	if err != nil {
		return err
	}
	wanted, err := readEvent(w, r)
	if err != nil {
		return err
	}
	wanted.ID = id
	changed, err := a.Events.Change(r.Context(), wanted)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, changed)
}

func (a api) remove(w http.ResponseWriter, r *http.Request) error {
	id, err := number(r)
	if err != nil {
		return err
	}
	if err := a.Events.Remove(r.Context(), id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// number is the event's number in the path; one that is too large for any event is no event's.
func number(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(mux.Vars(r)["id"], 10, 64)
	if err != nil {
		return 0, event.ErrNotFound
	}
	return id, nil
}

func readEvent(w http.ResponseWriter, r *http.Request) (event.Event, error) {
	var typed struct{ Title, Starts, Zone string }
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&typed); err != nil {
		return event.Event{}, badRequest{err}
	}
	wanted, err := event.New(typed.Title, typed.Starts, typed.Zone)
	if err != nil {
		return event.Event{}, badRequest{err}
	}
	return wanted, nil
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client may be gone; there is nobody left to tell.
	_, _ = w.Write(append(text, '\n'))
	return nil
}
