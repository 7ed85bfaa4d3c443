// Owns: the shop as fetch in Node uses it.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Shop;

public sealed class ShopNodeTests
{
    private readonly string _node = OutsideProgram.Require("node", package: "nodejs");

    [Fact]
    public async Task Json_is_exchanged_and_refused()
    {
        await using var shop = await ShopDaemon.StartAsync();
        await RunAsync(shop, """
            const place = (body, type = "application/json") =>
                fetch(`${url}/api/orders`, { method: "POST", body, headers: { "Content-Type": type } });
            const placed = await place(JSON.stringify({ item: "Käse 🧀", quantity: 1 }));
            equal([placed.status, placed.headers.get("location")], [201, "/api/orders/1"]);
            equal(await (await fetch(url + placed.headers.get("location"))).json(), { id: 1, item: "Käse 🧀", quantity: 1 });
            equal(await (await fetch(`${url}/api/orders?page=1`)).json(), [{ id: 1, item: "Käse 🧀", quantity: 1 }]);
            for (const [body, type, status] of [
                ["{", "application/json", 400], ["{}", "application/json", 400], ["null", "application/json", 400],
                ['{"item":"tea","quantity":1}', "text/plain", 415], ["x".repeat(1100000), "application/json", 413],
            ]) {
                const refused = await place(body, type);
                const problem = await refused.json();
                equal([refused.status, problem.status], [status, status]);
                equal(refused.headers.get("content-type"), "application/problem+json");
                equal(typeof problem.detail, "string");
                equal(refused.headers.get("x-request-id").length, 36);
            }
            equal((await fetch(`${url}/api/orders/9`)).status, 404);
            equal((await fetch(`${url}/api/orders`, { method: "DELETE" })).headers.get("allow"), "GET, HEAD, POST, OPTIONS");
            """);
    }

    [Fact]
    public async Task Uploads_are_streamed_and_an_aborted_one_leaves_nothing()
    {
        await using var shop = await ShopDaemon.StartAsync();
        await RunAsync(shop, """
            const parts = new ReadableStream({
                async start(controller) {
                    for (let part = 0; part < 50; part++) {
                        controller.enqueue(new TextEncoder().encode("x".repeat(10000)));
                        await new Promise(setImmediate);
                    }
                    controller.close();
                },
            });
            equal((await fetch(`${url}/uploads/parts.txt`, { method: "PUT", body: parts, duplex: "half" })).status, 201);
            equal((await (await fetch(`${url}/uploads/parts.txt`)).text()).length, 500000);

            const abort = new AbortController();
            let pulled = 0;
            const endless = new ReadableStream({
                async pull(controller) {
                    controller.enqueue(new TextEncoder().encode("x".repeat(10000)));
                    await new Promise(setImmediate);
                    if (++pulled === 20) {
                        abort.abort();
                        await new Promise(() => {});
                    }
                },
            });
            const upload = { method: "PUT", body: endless, duplex: "half", signal: abort.signal };
            const outcome = await fetch(`${url}/uploads/endless.txt`, upload).then(response => response.status, error => error.name);
            equal(outcome, "AbortError");
            """);
        await shop.Process.WaitForOutputAsync("PUT /uploads/endless.txt");
        Assert.Equal(["parts.txt"], Directory.GetFiles(shop.Folders.Uploads).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Events_are_read_as_a_stream_until_it_is_aborted()
    {
        await using var shop = await ShopDaemon.StartAsync();
        await shop.PlaceAsync(quantity: 1);
        await shop.PlaceAsync(quantity: 2);
        await RunAsync(shop, """
            const abort = new AbortController();
            const response = await fetch(`${url}/events`, { headers: { "Last-Event-ID": "1" }, signal: abort.signal });
            equal(response.headers.get("content-type"), "text/event-stream");
            const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
            let text = "";
            while (!text.endsWith("\n\n")) text += (await reader.read()).value;
            equal(text, 'id: 2\ndata: {"id":2,"item":"tea","quantity":2}\n\n');
            abort.abort();
            equal(await reader.read().catch(error => error.name), "AbortError");
            """);
        Assert.Contains("aborted", await shop.Process.WaitForOutputAsync("GET /events"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forms_are_sent_as_parameters_and_multipart_is_refused()
    {
        await using var shop = await ShopDaemon.StartAsync();
        await RunAsync(shop, """
            const signIn = body => fetch(`${url}/login`, { method: "POST", body, redirect: "manual" });
            const signedIn = await signIn(new URLSearchParams({ user: "Zoë + Co" }));
            equal([signedIn.status, signedIn.headers.get("location")], [303, "/account"]);
            const [cookie] = signedIn.headers.getSetCookie();
            equal(/^session=[0-9A-F]{32}; Path=\/; HttpOnly; SameSite=Lax$/.test(cookie), true);
            const account = await fetch(`${url}/account`, { headers: { Cookie: cookie.split(";")[0] } });
            equal(await account.json(), { name: "Zoë + Co" });
            const form = new FormData();
            form.set("user", "Zoë");
            equal((await signIn(form)).status, 415);
            equal((await signIn(new URLSearchParams({ name: "Zoë" }))).status, 400);
            // Without the cookie, the location of the redirect is refused.
            equal((await fetch(`${url}/login`, { method: "POST", body: new URLSearchParams({ user: "Zoë" }) })).status, 401);
            """);
    }

    private async Task RunAsync(ShopDaemon shop, string script)
    {
        var prelude = $$"""
            import { deepStrictEqual as equal } from "node:assert";
            const url = "{{shop.Url}}";
            """;
        var (exitCode, _, errors) = await ChildProcess.RunAsync(_node, ["--input-type=module", "--eval", $"{prelude}\n{script}"]);
        Assert.True(exitCode == 0, $"Node exited with {exitCode}: {errors}");
    }
}
