// Owns: tests of what failing and waiting logins cost: hashes computed apart, a bounded queue, limits on failures, remembered results.

using TinyHost.Tests.Support;
using static TinyHost.Tests.Support.Credentials;

namespace TinyHost.Tests;

public sealed class LoginLimitTests : IDisposable
{
    private readonly GatedFormat _format = new();
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Thousands_of_failing_logins_neither_stall_other_requests_nor_refuse_a_user_found_right_before()
    {
        await using var server = await StartAsync(auth => (auth.MaxHashing, auth.MaxWaiting) = (1, 4));
        using var scraper = await server.ConnectAsync();
        Assert.Equal(200, await GetAsync(scraper, "ann:secret"));
        _format.Close();
        using var attacker = await server.ConnectAsync();
        const int attempts = 10_000;
        var requests = string.Concat(
            Enumerable.Range(0, attempts).Select(i => $"GET / HTTP/1.1\r\nHost: h\r\n{Basic($"ann:{i}")}\r\n\r\n"));
        var sending = attacker.SendAsync(requests);

        // The attacker's first login is being looked at; the connection's others wait behind it.
        await Until.TrueAsync(() => _format.Begun == 2);
        Assert.Equal(200, await GetAsync(scraper, "ann:secret"));
        Assert.Equal(200, (await scraper.GetAsync("/open")).Status);
        _format.Open();
        var statuses = new List<int>();
        for (var i = 0; i < attempts; i++)
        {
            statuses.Add((await attacker.ReadResponseAsync()).Status);
        }

        await sending;
        // No time passes: after ten failures the client's logins are not looked at.
        Assert.Equal([.. Enumerable.Repeat(401, 10), .. Enumerable.Repeat(429, attempts - 10)], statuses);
        Assert.Equal(11, _format.Begun);
        Assert.Equal(200, await GetAsync(scraper, "ann:secret"));
    }

    [Fact]
    public async Task A_full_queue_is_answered_with_429_and_Retry_After()
    {
        await using var server = await StartAsync(auth => (auth.MaxHashing, auth.MaxWaiting) = (1, 0));
        _format.Close();
        using var first = await server.ConnectAsync();
        await first.SendAsync($"GET / HTTP/1.1\r\nHost: h\r\n{Basic("ann:secret")}\r\n\r\n");
        await Until.TrueAsync(() => _format.Begun == 1);
        using var second = await server.ConnectAsync();
        var refused = await second.GetAsync("/", Basic("ann:other") + "\r\n");
        Assert.Equal((429, "1", "429 Too Many Requests: login limit\n"), (refused.Status, refused.Field("Retry-After"), refused.Content));
        _format.Open();
        Assert.Equal(200, (await first.ReadResponseAsync()).Status);
        Assert.Equal(401, await GetAsync(second, "ann:other"));
    }

    [Fact]
    public async Task A_queue_has_workers_and_places_and_ends_empty()
    {
        var queue = new HashQueue(workers: 2, places: 3);
        var user = new PasswordUser("ann", GatedFormat.HashOf("secret"), _format);
        _format.Close();
        Task<bool>?[] started =
        [
            .. Enumerable.Range(0, 7).Select(i => queue.Start((UInt128)i, user, i == 1 ? "secret" : "wrong", () => null, _ => { })),
        ];
        Assert.All(started[..5], Assert.NotNull);
        Assert.All(started[5..], Assert.Null);
        Assert.Same(started[3], queue.Start(3, user, "wrong", () => null, _ => { }));
        Assert.Same(started[4], queue.Find(4));
        await Until.TrueAsync(() => _format.Begun == 2);
        _format.Open();
        Assert.Equal("False True False False False", string.Join(' ', await Task.WhenAll(started[..5]!)));
        Assert.Equal((5, 2), (_format.Begun, _format.MostAtOnce));
        await Until.TrueAsync(() => queue.Find(4) is null);
        _format.Close();
        Assert.NotNull(queue.Start(8, user, "wrong", () => null, _ => { }));
        _format.Open();
    }

    [Fact]
    public async Task A_result_remembered_since_the_caller_looked_is_not_computed_again()
    {
        var queue = new HashQueue(workers: 1, places: 0);
        var user = new PasswordUser("ann", GatedFormat.HashOf("secret"), _format);
        bool? remembered = null;
        for (var i = 0; i < 2; i++)
        {
            Assert.True(await queue.Start(7, user, "secret", () => remembered, isRight => remembered = isRight)!);
            await Until.TrueAsync(() => queue.Find(7) is null);
        }

        Assert.Equal(1, _format.Begun);
    }

    [Fact]
    public async Task A_worker_that_finds_its_computation_taken_does_no_harm()
    {
        var queue = new HashQueue(workers: 2, places: 100);
        var user = new PasswordUser("ann", GatedFormat.HashOf("secret"), _format);
        await Parallel.ForAsync(0, 20_000, TestContext.Current.CancellationToken, async (i, _) =>
        {
            var isRight = await (queue.Start((UInt128)i, user, "secret", () => null, _ => { }) ?? Task.FromResult(true));
            Assert.True(isRight);
        });
        Assert.InRange(_format.MostAtOnce, 1, 2);
    }

    [Fact]
    public async Task Equal_credentials_that_arrive_together_are_computed_once()
    {
        await using var server = await StartAsync(auth => (auth.MaxHashing, auth.MaxWaiting) = (1, 0));
        _format.Close();
        var clients = new List<RawClient>();
        for (var i = 0; i < 5; i++)
        {
            clients.Add(await server.ConnectAsync());
            await clients[i].SendAsync($"GET / HTTP/1.1\r\nHost: h\r\n{Basic("ann:secret")}\r\n\r\n");
        }

        await Until.TrueAsync(() => _format.Begun == 1);
        _format.Open();
        foreach (var client in clients)
        {
            Assert.Equal(200, (await client.ReadResponseAsync()).Status);
            client.Dispose();
        }

        Assert.Equal(1, _format.Begun);
    }

    [Fact]
    public async Task Right_and_wrong_credentials_are_remembered()
    {
        await using var server = await StartAsync();
        using var client = await server.ConnectAsync();
        foreach (var (credentials, status) in new[] { ("ann:secret", 200), ("ann:wrong", 401), ("nobody:wrong", 401) })
        {
            var before = _format.Begun;
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal(status, await GetAsync(client, credentials));
            }

            Assert.Equal(before + 1, _format.Begun);
        }
    }

    [Fact]
    public async Task Failures_are_limited_for_each_client_and_a_minute_refills_the_limit()
    {
        await using var server = await StartAsync(auth => auth.MaxFailuresPerClient = 3);
        using var client = await server.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(401, await GetAsync(client, $"ann:{i}"));
        }

        var refused = await client.GetAsync("/", Basic("ann:3") + "\r\n");
        Assert.Equal((429, "20"), (refused.Status, refused.Field("Retry-After")));
        Assert.Equal(429, await GetAsync(client, "ann:secret"));
        Assert.Equal(200, await GetAsync(client, "ann:secret", "203.0.113.7"));
        Assert.Equal(200, await GetAsync(client, "ann:secret"));
        _time.Suspend(TimeSpan.FromSeconds(20));
        Assert.Equal("401 429", await EachAsync(client, "ann:4", "ann:5"));
    }

    [Fact]
    public async Task Successes_do_not_count()
    {
        await using var server = await StartAsync(auth =>
        {
            auth.MaxFailuresPerClient = 1;
            for (var i = 0; i < 50; i++)
            {
                auth.User($"user{i}", GatedFormat.HashOf("x"));
            }
        });
        using var client = await server.ConnectAsync();
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(200, await GetAsync(client, $"user{i}:x"));
        }
    }

    [Fact]
    public async Task Addresses_of_one_IPv6_network_share_a_limit_and_all_clients_a_common_one()
    {
        await using var server = await StartAsync(auth => (auth.MaxFailuresPerClient, auth.MaxFailures) = (2, 4));
        using var client = await server.ConnectAsync();
        Assert.Equal("401 401 429", await EachAsync(client, "a:1 from 2001:db8::1", "a:2 from 2001:db8::2", "a:3 from 2001:db8::3"));
        Assert.Equal(
            "401 401 429", await EachAsync(client, "a:4 from 2001:db8:0:1::1", "a:5 from 203.0.113.1", "a:6 from 203.0.113.2"));
    }

    [Fact]
    public async Task Failures_of_a_check_are_limited_too()
    {
        var asked = 0;
        await using var server = await StartAsync(auth =>
        {
            auth.MaxFailuresPerClient = 2;
            auth.Users((name, _, _) => Task.FromResult(asked++ < 0));
        });
        using var client = await server.ConnectAsync();
        Assert.Equal("401 401 429", await EachAsync(client, "x:1", "x:1", "x:1"));
        Assert.Equal(2, asked);
    }

    [Theory]
    [InlineData("Basic")]
    [InlineData("Bearer")]
    public async Task Checks_that_run_side_by_side_tell_no_more_than_the_limit_allows(string scheme)
    {
        const int guesses = 20;
        var asked = 0;
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(auth =>
        {
            auth.MaxFailuresPerClient = 2;
            auth.Users(async (_, password, _) =>
            {
                Interlocked.Increment(ref asked);
                await answer.Task;
                return password == "right";
            });
            auth.Tokens(async (token, _) =>
            {
                Interlocked.Increment(ref asked);
                await answer.Task;
                return token == "right" ? new System.Security.Claims.ClaimsPrincipal() : null;
            });
        });
        var clients = new List<RawClient>();
        for (var i = 0; i < guesses; i++)
        {
            var field = scheme == "Basic" ? Basic($"x:{i}") : $"Authorization: Bearer {i}";
            clients.Add(await server.ConnectAsync());
            await clients[i].SendAsync($"GET / HTTP/1.1\r\nHost: h\r\n{field}\r\n\r\n");
        }

        await Until.TrueAsync(() => Volatile.Read(ref asked) == guesses);
        using var last = await server.ConnectAsync();
        var right = scheme == "Basic" ? Basic("x:right") : "Authorization: Bearer right";
        await last.SendAsync($"GET / HTTP/1.1\r\nHost: h\r\n{right}\r\n\r\n");
        await Until.TrueAsync(() => Volatile.Read(ref asked) == guesses + 1);
        answer.SetResult();
        var statuses = new List<int>();
        foreach (var client in clients)
        {
            statuses.Add((await client.ReadResponseAsync()).Status);
            client.Dispose();
        }

        Assert.Equal((2, guesses - 2), (statuses.Count(status => status == 401), statuses.Count(status => status == 429)));
        // Answered before the limit was reached, or not told either.
        Assert.Contains((await last.ReadResponseAsync()).Status, new[] { 200, 429 });
        Assert.Equal(429, (await last.GetAsync("/", right + "\r\n")).Status);
    }

    [Fact]
    public void What_is_remembered_of_unknown_names_never_counts_for_a_user()
    {
        var users = new PasswordUsers(_format);
        var options = new AuthenticationOptions().Users(users).Cookie("cookie");
        var store = new CredentialStore(options, services: null);
        users.Replace([new("bob", GatedFormat.HashOf("secret"))]);
        var before = store.Id;
        users.Replace([]);
        Assert.NotEqual(before, store.Id);
        // Users have positive numbers.
        Assert.True(before < 0 && store.Id < 0);
        Assert.True(PasswordUser.NextId() > 0);
    }

    [Fact]
    public async Task An_unknown_user_costs_a_hash_as_a_known_one_does()
    {
        await using var server = await StartAsync();
        using var client = await server.ConnectAsync();
        Assert.Equal(401, await GetAsync(client, "ann:wrong"));
        Assert.Equal(1, _format.Begun);
        // The password of the user it is compared with does not help.
        Assert.Equal(401, await GetAsync(client, "nobody:secret"));
        Assert.Equal(2, _format.Begun);
    }

    [Fact]
    public async Task Known_and_unknown_users_cost_as_many_hashes_whatever_is_remembered_and_however_users_differ()
    {
        await using var server = await StartAsync(auth => auth
            .User("dave", PasswordHash.Create("x", 1_000))
            .User("eve", GatedFormat.HashOf("y")));
        using var client = await server.ConnectAsync();
        foreach (var name in new[] { "ann", "eve", "nobody", "somebody" })
        {
            var before = _format.Begun;
            // The second time the failure is remembered.
            Assert.Equal("401 401 401", await EachAsync(client, $"{name}:a", $"{name}:a", $"{name}:b"));
            Assert.Equal((name, 2), (name, _format.Begun - before));
        }
    }

    [Fact]
    public async Task Without_users_nobody_costs_a_hash()
    {
        var users = new PasswordUsers(_format);
        await using var server = await TestServer.StartAsync(Authentication.Wrap(Answer, auth => auth.Users(users)));
        using var client = await server.ConnectAsync();
        Assert.Equal("401 401", await EachAsync(client, "ann:secret", "nobody:secret"));
        Assert.Equal(0, _format.Begun);
        users.Replace([new("ann", GatedFormat.HashOf("secret"))]);
        Assert.Equal("200 401", await EachAsync(client, "ann:secret", "nobody:secret"));
    }

    [Fact]
    public async Task A_replaced_list_counts_at_once()
    {
        var users = new PasswordUsers(_format);
        users.Replace([new("ann", GatedFormat.HashOf("old"))]);
        await using var server = await TestServer.StartAsync(Authentication.Wrap(Answer, auth => auth.Users(users)));
        using var client = await server.ConnectAsync();
        Assert.Equal("200 401", await EachAsync(client, "ann:old", "ann:new"));
        users.Replace([new("ann", GatedFormat.HashOf("new"))]);
        Assert.Equal("401 200 401", await EachAsync(client, "ann:old", "ann:new", "eve:new"));
        users.Replace([new("ann", GatedFormat.HashOf("new")), new("eve", GatedFormat.HashOf("new"))]);
        var before = _format.Begun;
        Assert.Equal("200 200", await EachAsync(client, "ann:new", "eve:new"));
        Assert.Equal(before + 1, _format.Begun);
    }

    [Fact]
    public async Task A_format_that_throws_fails_its_request_and_no_other()
    {
        await using var server = await StartAsync(auth => (auth.MaxHashing, auth.MaxWaiting) = (1, 0));
        using var client = await server.ConnectAsync();
        Assert.Equal("500 500 200", await EachAsync(client, "ann:throw", "ann:throw", "ann:secret"));
    }

    public void Dispose() => _format.Dispose();

    private static Task Answer(RequestContext context) => context.Response.WriteTextAsync("app");

    private static async Task<int> GetAsync(RawClient client, string credentials, string? address = null) => (await client.GetAsync(
        "/", $"{Basic(credentials)}\r\n{(address is null ? "" : $"X-Forwarded-For: {address}\r\n")}")).Status;

    // The client's address may follow the credentials.
    private static async Task<string> EachAsync(RawClient client, params string[] credentials)
    {
        var statuses = new List<int>();
        foreach (var parts in credentials.Select(text => text.Split(" from ")))
        {
            statuses.Add(await GetAsync(client, parts[0], parts.ElementAtOrDefault(1)));
        }

        return string.Join(' ', statuses);
    }

    private Task<HttpServer> StartAsync(Action<AuthenticationOptions>? configure = null)
    {
        var app = Authentication.Wrap(Answer, auth =>
        {
            auth.Formats.Add(_format);
            auth.TimeProvider = _time;
            auth.User("ann", GatedFormat.HashOf("secret")).Except("/open");
            configure?.Invoke(auth);
        });
        return TestServer.StartAsync(Forwarded.Wrap(app, trusted: "127.0.0.1"));
    }
}
