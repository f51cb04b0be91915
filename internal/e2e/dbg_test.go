package e2e
import ("testing";"latchkey/internal/apptest";"github.com/chromedp/cdproto/fetch";"github.com/chromedp/cdproto/cdp";"github.com/chromedp/chromedp";"context")
func TestDbg(t *testing.T){
	a := apptest.Start(t, apptest.Options{})
	nora := a.AddUser("nora", apptest.NoPhone)
	b := newTab(t, a.URL)
	b.open("/login").fill("Username or email", "nora", "Password", nora.Password).press("Sign in")
	b.fill("6-digit code", codeOnScreen(b, a)).press("Turn on").at("/security/recovery-codes")
	b.tick("I have saved these codes somewhere safe").press("Finish").at("/profile")
	b.forget()
	b.back()
	t.Log(b.path(), b.restored(), b.requests(), b.text()[:200])
}
func TestDbg2(t *testing.T){
	a := apptest.Start(t, apptest.Options{})
	for _, js := range []bool{false,true} {
	b := newTab(t, a.URL)
	if !js { b.noScript() }
	b.open("/login").fill("Username or email", "alice", "Password", apptest.Password)
	if js { eval[bool](b, "window.n=0, document.forms[0].addEventListener('submit', ()=>{n++}), true") }
	call(b, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: "*/login"}}})
	b.forget()
	b.do("double click", clicks(b.find("button", "Sign in"), 2))
	for range 5 { t.Log(b.requests()) ; eval[int](b,"1+1")}
	if js {t.Log("submits", eval[int](b,"n"))}
	b.load("going on", func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		return chromedp.Void{}, second(chromedp.Call(ctx, fetch.Disable, cdp.Empty{}))
	})
	t.Log(b.requests())
	}
}
