package eventhubstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Conditions that a hub refuses a batch with, or detaches a link.
const (
	Busy     = "com.microsoft:server-busy"       // come again
	Over     = "amqp:resource-limit-exceeded"    // the quota is used up
	TooLarge = "amqp:link:message-size-exceeded" // whatever was said before
	Detached = "amqp:link:detach-forced"         // the hub moves to another machine
	Internal = "amqp:internal-error"             // whatever that is
)

// tell says a line to the program and returns its answer.
func (h *Hub) tell(line string, a ...any) (string, error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if _, err := fmt.Fprintf(h.in, line+"\n", a...); err != nil {
		return "", err
	}
	answer, err := h.out.ReadString('\n')
	if err != nil {
		return "", err
	}
	answer = strings.TrimSpace(answer)
	if problem, ok := strings.CutPrefix(answer, "ERROR "); ok {
		return "", errors.New(problem)
	}
	return answer, nil
}

// must is tell for what can only go wrong with the program itself, which Close reports.
func (h *Hub) must(line string, a ...any) string {
	answer, err := h.tell(line, a...)
	if err != nil {
		panic(fmt.Sprintf("the Event Hubs for tests: %s: %v", line, err))
	}
	return answer
}

// Drop cuts every connection.
func (h *Hub) Drop() { h.must("drop") }

// Detach detaches the links of senders and readers.
func (h *Hub) Detach(condition string) { h.must("detach %s", condition) }

// Refuse has it reject the next n batches.
func (h *Hub) Refuse(n int, condition string) { h.must("refuse %d %s", n, condition) }

// Silent has it store the next n batches and never answer.
func (h *Hub) Silent(n int) { h.must("silent %d", n) }

// Cut has it store the next n batches and cut the connection instead of answering.
func (h *Hub) Cut(n int) { h.must("cut %d", n) }

// Deaf has it leave claims and questions unanswered, or no longer.
func (h *Hub) Deaf(deaf bool) {
	if deaf {
		h.must("deaf 1")
	} else {
		h.must("deaf 0")
	}
}

// Trim has it keep only the newest events of a partition.
func (h *Hub) Trim(partition, keep int) { h.must("trim %d %d", partition, keep) }

// Stop has it listen no more, and cuts every connection. What it holds stays.
func (h *Hub) Stop() { h.must("stop") }

// Restart has it listen again after Stop, on the same port.
func (h *Hub) Restart() error {
	_, err := h.tell("start")
	return err
}

// Forget loses all events; sequence numbers begin again.
func (h *Hub) Forget() { h.must("forget") }

// Counts are what happened since the hub was started.
type Counts struct {
	Connections   int // opened
	Tokens        int // accepted
	RefusedTokens int
	Questions     int // about the hub or a partition
	Batches       int // stored
	Refused       int // batches, by Refuse
	Events        int // stored
	Sent          int // events, to readers
}

// Counts returns them.
func (h *Hub) Counts() Counts {
	var c Counts
	if err := json.Unmarshal([]byte(h.must("counts")), &c); err != nil {
		panic(err)
	}
	return c
}

// Stored is one event that the hub holds.
type Stored struct {
	Sequence   int64
	Offset     string
	ID         string         // its message id
	Type       string         // its content type
	Properties map[string]any // numbers are float64
	Body       string
}

// Stored returns the events that a partition holds, oldest first.
func (h *Hub) Stored(partition int) []Stored {
	var s []Stored
	if err := json.Unmarshal([]byte(h.must("stored %d", partition)), &s); err != nil {
		panic(err)
	}
	return s
}
