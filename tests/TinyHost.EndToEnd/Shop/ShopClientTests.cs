// Owns: the shop as HttpClient uses it, and what it does beside its answers: services of a request, access log, metrics, and its end.

using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Shop;

public sealed class ShopClientTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void The_program_has_at_most_sixty_lines() =>
        Assert.InRange(File.ReadAllLines(Repository.File("examples/Daemon/Program.cs")).Length, 1, 60);

    [Fact]
    public async Task Orders_are_placed_and_found()
    {
        await using var shop = await ShopDaemon.StartAsync();
        using var placed = await shop.Client.PostAsJsonAsync("/api/orders", new { Item = "Käse", Quantity = 3 }, Cancelled);
        Assert.Equal((HttpStatusCode.Created, "/api/orders/1"), (placed.StatusCode, placed.Headers.Location?.OriginalString));
        Assert.Equal("""{"id":1,"item":"K\u00E4se","quantity":3}""", await shop.Client.GetStringAsync("/api/orders/1", Cancelled));

        await Parallel.ForAsync(0, 25, Cancelled, async (_, _) => await shop.PlaceAsync());
        var pages = await Task.WhenAll(Enumerable.Range(1, 4).Select(async page =>
            (await shop.Client.GetFromJsonAsync<JsonArray>($"/api/orders?page={page}", Cancelled))!.Select(order => (int)order!["id"]!)));
        Assert.Equal([10, 10, 6, 0], pages.Select(page => page.Count()));
        Assert.Equal(Enumerable.Range(1, 26), pages.SelectMany(page => page).Order());
    }

    [Fact]
    public async Task Uploads_replace_each_other_and_are_read_by_condition()
    {
        await using var shop = await ShopDaemon.StartAsync();
        using var first = await shop.Client.PutAsync("/uploads/a%20note.txt", new StringContent("first"), Cancelled);
        using var read = await shop.Client.GetAsync("/uploads/a%20note.txt", Cancelled);
        using var second = await shop.Client.PutAsync("/uploads/a%20note.txt", new StringContent("the second"), Cancelled);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/uploads/a%20note.txt");
        request.Headers.IfNoneMatch.Add(read.Headers.ETag!);
        using var reread = await shop.Client.SendAsync(request, Cancelled);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.StatusCode, second.StatusCode));
        Assert.Equal("first", await read.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal("the second", await reread.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal(["a note.txt"], Directory.GetFiles(shop.Folders.Uploads).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_form_sets_a_cookie_that_the_client_sends_back()
    {
        await using var shop = await ShopDaemon.StartAsync();
        using var handler = new HttpClientHandler { CookieContainer = new CookieContainer() };
        using var client = new HttpClient(handler) { BaseAddress = shop.Client.BaseAddress, Timeout = Deadline.Limit };
        using var form = new FormUrlEncodedContent([new("user", "Zoë & Co"), new("remember", "on")]);
        using var response = await client.PostAsync("/login", form, Cancelled);

        Assert.Equal("/account", response.RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Equal("Zoë & Co", (string?)(await response.Content.ReadFromJsonAsync<JsonObject>(Cancelled))!["name"]);
        var cookie = Assert.Single(handler.CookieContainer.GetCookies(shop.Client.BaseAddress!).Cast<Cookie>());
        Assert.Equal(("session", "/", true, false), (cookie.Name, cookie.Path, cookie.HttpOnly, cookie.Secure));

        cookie.Value = new string('0', 32);
        using var refused = await client.GetAsync("/account", Cancelled);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task Each_request_has_an_order_book_that_is_closed_after_the_answer()
    {
        await using var shop = await ShopDaemon.StartAsync();
        await shop.PlaceAsync();
        using var found = await shop.Client.GetAsync("/api/orders/1", Cancelled);
        using var notFound = await shop.Client.GetAsync("/api/orders/2", Cancelled);
        using var refused = await shop.Client.GetAsync("/api/orders?page=x", Cancelled);
        // Requests that need no order book have none.
        using var file = await shop.Client.GetAsync("/index.html", Cancelled);
        using var refusedContent = await shop.Client.PostAsync("/api/orders", new StringContent("tea"), Cancelled);

        var metrics = await Deadline.UntilAsync(
            "the last book to be closed",
            shop.ScrapeAsync,
            metrics => metrics.Samples("shop_books_open").Count > 0 && metrics.Sum("shop_books_open") == 0);
        Assert.Equal(4, metrics.Sum("shop_books_total"));
    }

    [Fact]
    public async Task Requests_are_measured_by_route_and_logged_with_their_status()
    {
        await using var shop = await ShopDaemon.StartAsync();
        await shop.PlaceAsync();
        using var found = await shop.Client.GetAsync("/api/orders/1?secret=1", Cancelled);
        using var missing = await shop.Client.GetAsync("/api/orders/2", Cancelled);

        var metrics = await shop.ScrapeAsync();
        foreach (var status in new[] { 200, 404 })
        {
            Assert.Equal(1, metrics.Sum(
                "http_server_request_duration_seconds_count",
                "http_route=\"/api/orders/{id:long}\"",
                $"http_response_status_code=\"{status}\""));
        }

        Assert.DoesNotContain("http_route=\"/metrics", metrics.Text, StringComparison.Ordinal);
        Assert.Contains(" - POST /api/orders 201 ", await shop.Process.WaitForOutputAsync("POST /api/orders"), StringComparison.Ordinal);
        Assert.Contains(" - GET /api/orders/1 200 0 ", await shop.Process.WaitForOutputAsync("/api/orders/1"), StringComparison.Ordinal);
        await shop.Process.WaitForOutputAsync("GET /api/orders/2 404 0 ");
        Assert.DoesNotContain("/metrics", shop.Process.Output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", shop.Process.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stalled_upload_is_answered_after_its_time_and_events_have_no_limit()
    {
        await using var shop = await ShopDaemon.StartAsync("--Shop:Timeout=0.2");
        await using var events = SseParser.Create(await shop.Client.GetStreamAsync("/events", Cancelled))
            .EnumerateAsync(Cancelled).GetAsyncEnumerator(Cancelled);
        using var upload = await RawConnection.OpenAsync(shop.Port);
        await upload.SendAsync("PUT /uploads/a.txt HTTP/1.1\r\nHost: shop\r\nContent-Length: 10\r\n\r\nhalf", Cancelled);
        var (head, content) = await upload.ReadResponseAsync(Cancelled);

        Assert.StartsWith("HTTP/1.1 504 ", head, StringComparison.Ordinal);
        Assert.Equal(36, RawConnection.Field(head, "X-Request-Id").Length);
        Assert.Equal("""{"title":"Gateway Timeout","status":504,"detail":"handler timeout"}""", content);
        Assert.Empty(Directory.GetFiles(shop.Folders.Uploads));
        await shop.PlaceAsync();
        Assert.True(await events.MoveNextAsync());
        Assert.Equal("1", events.Current.EventId);
    }

    [Fact]
    public async Task A_limit_that_is_not_a_time_is_reported_in_one_sentence()
    {
        await using var shop = Daemon.Launch(Daemon.Shop, environment: null, "--Shop:Timeout=soon");
        Assert.Equal(1, await shop.WaitForExitAsync());
        var errors = shop.Errors.ToString();
        Assert.StartsWith("Cannot start: Shop:Timeout is 'soon'; it must be a time in seconds", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_go_to_all_who_listen_until_the_shop_stops()
    {
        await using var shop = await ShopDaemon.StartAsync();
        await shop.PlaceAsync(quantity: 1);
        var listeners = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => shop.Client.GetStreamAsync("/events", Cancelled)));
        var events = listeners.Select(stream => SseParser.Create(stream).EnumerateAsync(Cancelled).GetAsyncEnumerator(Cancelled)).ToList();
        for (var number = 1; number <= 2; number++)
        {
            foreach (var source in events)
            {
                Assert.True(await source.MoveNextAsync());
                Assert.Equal(
                    ("message", $"{number}", $$"""{"id":{{number}},"item":"tea","quantity":{{number}}}"""),
                    (source.Current.EventType, source.Current.EventId, source.Current.Data));
            }

            await shop.PlaceAsync(quantity: 2);
        }

        foreach (var source in events)
        {
            Assert.True(await source.MoveNextAsync());
            Assert.Equal("3", source.Current.EventId);
        }

        var ends = events.Select(source => source.MoveNextAsync().AsTask()).ToList();
        Assert.Equal(0, await shop.Process.TerminateAsync());
        Assert.All(await Task.WhenAll(ends), Assert.False);
    }
}
