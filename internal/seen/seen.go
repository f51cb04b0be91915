// Package seen is how latchkey check asks a server, through whatever stands in front of it, how
// its request was seen there. The question is signed with a key of the instance, so that nobody
// else has an answer: whether a forged address is believed is nothing to tell strangers.
package seen

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/instance"
	"latchkey/internal/secret"
)

const (
	// Question is the header of the question, and Answer that of the answer.
	Question = "Latchkey-Check"
	Answer   = "Latchkey-Seen"
	// answeredFor is how long a question is answered, 1 minute: long enough for clocks that
	// differ a little.
	answeredFor = time.Minute
)

// Request is how a request reached the server.
type Request struct {
	IP      string   `json:"ip"` // whom the server takes the request to come from
	URL     string   `json:"url"`
	Version string   `json:"version"`
	Trusted []string `json:"trusted"` // --trusted-proxies
	Newest  string   `json:"newest"`  // the key that is used
	// Troubles are what is wrong with the way, and what to do about each.
	Troubles [][2]string `json:"troubles"`
}

// Ask returns the value of Question.
func Ask(i *instance.Instance, now time.Time) string {
	at := strconv.FormatInt(now.Unix(), 10)
	return at + " " + i.MAC(secret.PurposeSeen, at)
}

// MayKnow reports whether a question comes from somebody who has the key, and a moment ago.
func MayKnow(i *instance.Instance, question string, now time.Time) bool {
	at, mac, _ := strings.Cut(question, " ")
	seconds, err := strconv.ParseInt(at, 10, 64)
	return err == nil && now.Sub(time.Unix(seconds, 0)).Abs() <= answeredFor && i.Verify(secret.PurposeSeen, mac, at)
}

// Encode is the value of Answer.
func (r Request) Encode() (string, error) {
	text, err := json.Marshal(r)
	return base64.RawURLEncoding.EncodeToString(text), err
}

// Decode reads what Encode wrote; ok is false for anything else.
func Decode(text string) (r Request, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	return r, text != "" && err == nil && json.Unmarshal(raw, &r) == nil
}
