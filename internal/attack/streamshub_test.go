package attack

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/stream/eventhubstest"
)

// TestStreams_EventHubsByItsPages adds a hub on the pages, tests it, sends to it and compares what
// arrived, with a hub of our own on the other side.
func TestStreams_EventHubsByItsPages(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{Partitions: 2})
	a := apptest.Start(t, apptest.Options{})
	b := administratorAt(a)
	b.Open("/admin/streams/new")
	b.Follow("Azure Event Hubs")
	b.Submit("Add stream", "Name", "warehouse", "Connection string", h.Connection()).Sees("warehouse", "Chosen by user", "Running")
	all, err := a.DB.Streams()
	if err != nil || len(all) != 1 {
		t.Fatalf("%d streams, %v", len(all), err)
	}
	one := "/admin/streams/" + all[0].ID
	b.Open(one)
	b.Submit("Send a test event").At(one).Sees("The other side accepted the test event in ")
	a.SendEvents(all[0].ID)
	b.Open(one+"/check").Sees("Everything arrived as it was sent.", "Partition ", "1 message is a test event or comes from another system.")
	h.Trim(0, 0)
	h.Trim(1, 0)
	b.Open(one+"/check?from=sequence&sequence=0").Sees("The other side has nothing to compare.", "does not keep events for that long")
	if key, _, _ := strings.Cut(h.Connection()[strings.Index(h.Connection(), "SharedAccessKey=")+len("SharedAccessKey="):], ";"); strings.Contains(b.Body+a.Log.String()+a.Files(), "SharedAccessKey="+key) {
		t.Error("the key is told")
	}
	b.Post(one+"/edit", "name", "warehouse", "connection", h.ConnectionOf("no-such-hub", "send"), "content", "full", "version", "1").Is(http.StatusSeeOther)
	b.Open(one)
	b.Submit("Send a test event").Sees("did not accept the test event: ", "no-such-hub")
	h.Stop()
	b.Open(one + "/check").Sees("What arrived could not be read back.")
}
