package streams

import (
	"strconv"

	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/stream"
	"latchkey/internal/web"
	"latchkey/views"
)

// sendAndTell does something that asks the other side, while the visitor waits, and keeps the message
// for the next page. It counts before the other side is asked (EX-01): nobody can make us send
// without end.
func sendAndTell(v *web.Visitor, send func() (views.Flash, error)) error {
	if err := v.Tx(func(*store.Tx) error { return nil }); err != nil {
		return err
	}
	m, err := send()
	if err != nil {
		return err
	}
	return v.Tx(func(tx *store.Tx) error { return v.SetFlash(tx, m) })
}

// test sends a test event and shows the answer.
func test(v *web.Visitor, s store.Stream) (string, error) {
	return path(s.ID), sendAndTell(v, func() (views.Flash, error) {
		a, err := stream.SendTest(v.Context(), v.Instance, s.ID)
		if err != nil {
			return views.Flash{}, err
		}
		return told(a, "the test event"), nil
	})
}

// told says how it went. The answer is foreign text, one bounded line, and stays text on the
// page.
func told(a stream.Answer, what string) views.Flash {
	took := strconv.FormatInt(a.In.Milliseconds(), 10) + " ms"
	switch {
	case a.Accepted && a.Status != "":
		return good("The other side accepted " + what + " in " + took + ", with status " + a.Status + ".")
	case a.Accepted:
		return good("The other side accepted " + what + " in " + took + ".")
	}
	return warn("The other side did not accept " + what + ": " + a.Said)
}

// submitAgain sends one event that was set aside once more. One that the audit log has not
// any more is taken off the list.
func submitAgain(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	s, err := chosen(v)
	if err != nil {
		return err
	}
	seq, err := strconv.ParseInt(v.Param("seq"), 10, 64)
	if err != nil {
		return problem.New(problem.NotFound, "")
	}
	err = sendAndTell(v, func() (views.Flash, error) { return again(v, s, seq) })
	if err != nil {
		return err
	}
	return v.Redirect(path(s.ID))
}

func again(v *web.Visitor, s store.Stream, seq int64) (views.Flash, error) {
	what := "event " + strconv.FormatInt(seq, 10)
	set, err := v.DB.DeadLetterNumbers(s.ID)
	if err != nil {
		return views.Flash{}, err
	}
	if !set[seq] {
		return warn("There is no refused " + what + " any more. Somebody else may have sent it again."), nil
	}
	a, err := stream.SendAgain(v.Context(), v.Instance, s.ID, seq)
	if problem.Is(err, problem.NotFound) {
		err = v.Record(func(tx *store.Tx) error { _, err := tx.DropDeadLetter(s.ID, seq); return err })
		return good("The audit log does not have " + what + " any more, so it has been removed from the list."), err
	}
	return told(a, what), err
}

// submitAllAgain sends everything that was set aside once more, as far as it goes while somebody
// waits.
func submitAllAgain(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	s, err := chosen(v)
	if err != nil {
		return err
	}
	err = sendAndTell(v, func() (views.Flash, error) {
		all, err := stream.SendAllAgain(v.Context(), v.Instance, s.ID)
		return allTold(all), err
	})
	if err != nil {
		return err
	}
	return v.Redirect(path(s.ID))
}

// allTold says how it went with all of them.
func allTold(all stream.Again) views.Flash {
	text := views.Amount(all.Accepted, "The other side accepted 1 event.", "The other side accepted %d events.")
	if all.Accepted == 0 {
		text = "The other side accepted none of them."
	}
	if all.Gone > 0 {
		text += views.Amount(all.Gone, " 1 event is no longer in the audit log and was removed from the list.", " %d events are no longer in the audit log and were removed from the list.")
	}
	if all.Refused > 0 {
		text += views.Amount(all.Refused, " It refused 1 again: ", " It refused %d again, the last with: ") + all.Said
		return warn(text)
	}
	if all.Left > 0 {
		text += views.Amount(all.Left, " 1 was not tried", " %d were not tried")
		if all.Said != "" {
			return warn(text + ": " + all.Said)
		}
		return warn(text + ", because the time was up. Send them again.")
	}
	return good(text)
}
