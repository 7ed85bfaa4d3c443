// Owns: the shop as pages in Chromium use it: of its own origin, of the allowed one, and of another.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Shop;

public sealed class ShopBrowserTests
{
    [Fact]
    public async Task A_page_of_the_allowed_origin_uses_all_of_the_shop()
    {
        var result = await RunAsync(isAllowed: true, """
            const send = (method, path, body, type) => fetch(shop + path, {
                method, body, credentials: "include", headers: type ? { "Content-Type": type } : {},
            });
            const order = await send("POST", "/api/orders", '{"item":"Käse","quantity":1}', "application/json");
            report(order.status, await order.json(), order.headers.get("x-request-id").length);

            // Errors have the fields of CORS and the id too.
            for (const [method, path, body, type] of [
                ["POST", "/api/orders", "{", "application/json"],
                ["POST", "/api/orders", "{}", "text/plain"],
                ["GET", "/api/orders/9"],
                ["GET", "/api/orders?page=x"],
                ["DELETE", "/api/orders"],
                ["GET", "/missing"],
                ["PUT", "/uploads/large.txt", "x".repeat(1000001), "text/plain"],
                ["PUT", "/uploads/very-large.txt", new Blob(["x".repeat(20000000)]), "text/plain"],
            ]) {
                const refused = await send(method, path, body, type);
                report(refused.status, (await refused.json()).status, refused.headers.get("x-request-id").length);
            }

            report((await send("PUT", "/uploads/note.txt", new Blob(["A note."]), "text/plain")).status);
            report(await (await fetch(`${shop}/uploads/note.txt`)).text());

            await fetch(`${shop}/login`, { method: "POST", body: new URLSearchParams({ user: "Zoë" }), credentials: "include" })
                .then(async response => report(response.status, response.redirected, await response.json()));
            report((await fetch(`${shop}/account`)).status, document.cookie);

            await send("POST", "/api/orders", '{"item":"tea","quantity":2}', "application/json");
            await new Promise(resolve => {
                const source = new EventSource(`${shop}/events`, { withCredentials: true });
                source.onmessage = event => {
                    report(event.lastEventId, JSON.parse(event.data).item);
                    if (event.lastEventId === "2") resolve(source.close());
                };
            });
            """);

        Assert.Equal(
            [
                """201 {"id":1,"item":"Käse","quantity":1} 36""",
                "400 400 36", "415 415 36", "404 404 36", "400 400 36", "405 405 36", "404 404 36", "413 413 36", "413 413 36",
                "201", "A note.",
                """200 true {"name":"Zoë"}""", "401 ",
                "1 Käse", "2 tea",
            ],
            result);
    }

    [Fact]
    public async Task A_page_of_another_origin_reads_nothing()
    {
        var result = await RunAsync(isAllowed: false, """
            const json = { method: "POST", body: '{"item":"tea","quantity":1}', headers: { "Content-Type": "application/json" } };
            report(await name(fetch(`${shop}/api/orders`)));
            report(await name(fetch(`${shop}/api/orders`, json)));
            report(await name(fetch(`${shop}/uploads/note.txt`, { method: "PUT", body: "x" })));
            report(await name(fetch(`${shop}/api/orders/9`, { credentials: "include" })));
            report(await new Promise(resolve => {
                const source = new EventSource(`${shop}/events`);
                source.onerror = () => resolve(source.readyState === EventSource.CLOSED ? "closed" : "tries again");
            }));
            // No order has been placed: the preflight request was in its way.
            report(await (await fetch("/api/orders")).json());
            """);

        Assert.Equal(["TypeError", "TypeError", "TypeError", "TypeError", "closed", "[]"], result);
    }

    [Fact]
    public async Task Methods_and_fields_that_are_not_allowed_stay_with_the_browser()
    {
        var result = await RunAsync(isAllowed: true, """
            report(await name(fetch(`${shop}/api/orders`, { method: "BREW" })));
            report(await name(fetch(`${shop}/api/orders`, { headers: { "X-Other": "1" } })));
            report(await name(fetch(`${shop}/api/orders`, { method: "DELETE" })));
            """);

        Assert.Equal(["TypeError", "TypeError", "success"], result);
    }

    [Fact]
    public async Task The_pages_of_the_shop_sign_in_by_form_and_show_orders()
    {
        var result = await RunAsync(isAllowed: true, """
            await fetch("/api/orders", {
                method: "POST", body: '{"item":"tea","quantity":2}', headers: { "Content-Type": "application/json" },
            });
            await frame({ src: "/" }, async page => {
                while (!page.querySelector("li")) await new Promise(resolve => page.defaultView.setTimeout(resolve, 10));
                report(page.querySelector("li").textContent, page.styleSheets.length, page.characterSet);
                page.querySelector("input").value = "Zoë & Co";
                await new Promise(resolve => {
                    page.defaultView.frameElement.onload = event => {
                        const account = event.target.contentDocument;
                        report(account.location.pathname, account.contentType, account.body.textContent.trim());
                        resolve();
                    };
                    page.forms[0].requestSubmit();
                });
            });
            report(await (await fetch("/account")).json(), `cookies: ${document.cookie}`);

            // A page that asks again gets the file from its cache, after a 304.
            const text = await (await fetch("/digits.txt", { cache: "no-cache" })).text();
            report(text, await (await fetch("/digits.txt", { cache: "no-cache" })).text());
            const part = await fetch("/digits.txt", { headers: { Range: "bytes=2-4" }, cache: "no-store" });
            report(part.status, await part.text());
            await frame({ src: "/guide" }, page => report(page.location.pathname, page.title));
            """,
            logged: "GET /digits.txt 304");

        Assert.Equal(
            [
                "1: 2 × tea 1 UTF-8",
                """/account application/json {"name":"Zo\u00EB \u0026 Co"}""",
                """{"name":"Zoë & Co"} cookies: """,
                "0123456789 0123456789",
                "206 234",
                "/guide/ Guide",
            ],
            result);
    }

    /// <summary>
    /// Runs a script in a page that the shop serves at another port, which is another origin of the same site, so that cookies are sent.
    /// <c>shop</c> is the address of the shop's first port. The access log must have a line with <paramref name="logged"/>.
    /// </summary>
    private static async Task<string[]> RunAsync(bool isAllowed, string script, string logged = "GET /test.html 200")
    {
        var (allowed, other) = (FreePort.Next(), FreePort.Next());
        await using var shop = await ShopDaemon.StartForPagesAsync($"http://127.0.0.1:{allowed}", allowed, other);
        await using var pages = await ShopPages.StartAsync();
        shop.Folders.Write("test.html", pages.Page($"const shop = \"{shop.Url}\";\n{script}"));
        var result = await pages.RunAsync($"http://127.0.0.1:{(isAllowed ? allowed : other)}/test.html");
        await shop.Process.WaitForOutputAsync(logged);
        return result;
    }
}
