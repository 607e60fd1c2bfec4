package httpapi

import (
	"encoding/csv"
	"errors"
	"net/http"
	"os"
	"strconv"
	"time"

	"example.com/rest-api/internal/event"
)

// export answers with all events as CSV. They go through a temporary file: a slow client does not
// hold a connection to the database, and who gets an answer gets all of it.
func (a api) export(w http.ResponseWriter, r *http.Request) (err error) {
	file, err := os.CreateTemp("", "events-*.csv")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()

	table := csv.NewWriter(file)
	if err := table.Write([]string{"id", "title", "starts", "zone"}); err != nil {
		return err
	}
	err = a.Events.Each(r.Context(), func(e event.Event) error {
		id, starts := strconv.FormatInt(e.ID, 10), e.Starts.Format(time.RFC3339)
		return table.Write([]string{id, e.Title, starts, e.Zone})
	})
	table.Flush()
	if err := errors.Join(err, table.Error()); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="events.csv"`)
	http.ServeContent(w, r, "", time.Time{}, file)
	return nil
}
