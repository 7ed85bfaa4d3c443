// Owns: 10,000 failing logins a second beside scrapes of the same server, which must all arrive within a scrape's timeout.

using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace TinyHost.Soak;

internal static class Logins
{
    private const int Attackers = 4;
    private const int Batch = 250;
    private const int PerSecond = 10_000;

    private static readonly TimeSpan s_scrapeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Returns a failure; null for none.</summary>
    internal static async Task<string?> RunAsync(TimeSpan duration)
    {
        var app = new Pipeline()
            .UseMetrics(prefix: "metrics", protect: auth => auth.User("prometheus", PasswordHash.Create("secret")))
            .Run(context => context.Response.WriteTextAsync("app"));
        await using var server = new HttpServer("http://127.0.0.1:0/;metrics=http://127.0.0.1:0/", app);
        await server.StartAsync();
        var endPoint = server.EndPointOf("metrics");
        // One scraper shares the attackers' address and has scraped before; the other begins during the attack, from an address of its own.
        using var known = Scraper(endPoint, IPAddress.Loopback);
        using var late = Scraper(endPoint, IPAddress.Parse("127.0.0.2"));
        (await known.GetAsync("/metrics")).EnsureSuccessStatusCode();
        using var stop = new CancellationTokenSource(duration);
        var attacks = Task.WhenAll(Enumerable.Range(0, Attackers).Select(number => AttackAsync(endPoint, number, stop.Token)));
        var slowest = TimeSpan.Zero;
        var scrapes = 0;
        while (!stop.IsCancellationRequested)
        {
            foreach (var scraper in new[] { known, late })
            {
                var watch = Stopwatch.StartNew();
                using var response = await scraper.GetAsync("/metrics");
                if (!response.IsSuccessStatusCode)
                {
                    return $"Scrape {scrapes + 1} was answered with {(int)response.StatusCode}.";
                }

                slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
                scrapes++;
            }

            await Task.Delay(200, CancellationToken.None);
        }

        var refused = (await attacks).Sum();
        Console.WriteLine(
            $"{refused / duration.TotalSeconds:N0} failing logins a second; "
            + $"{scrapes} scrapes, the slowest in {slowest.TotalMilliseconds:N0} ms.");
        return null;
    }

    private static HttpClient Scraper(IPEndPoint server, IPAddress from) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancelled) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(server, cancelled);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri($"http://{server}"),
        Timeout = s_scrapeTimeout,
        DefaultRequestHeaders =
        {
            Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("prometheus:secret"u8)),
        },
    };

    // Returns how many logins were refused.
    private static async Task<long> AttackAsync(IPEndPoint server, int number, CancellationToken stop)
    {
        await Task.Yield();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, CancellationToken.None);
        var watch = Stopwatch.StartNew();
        var buffer = new byte[65_536];
        long refused = 0;
        while (!stop.IsCancellationRequested)
        {
            var requests = new StringBuilder();
            for (var i = 0; i < Batch; i++)
            {
                var credentials = Convert.ToBase64String(Encoding.ASCII.GetBytes($"prometheus:{number}.{refused + i}"));
                requests.Append($"GET /metrics HTTP/1.1\r\nHost: h\r\nAuthorization: Basic {credentials}\r\n\r\n");
            }

            await socket.SendAsync(Encoding.ASCII.GetBytes(requests.ToString()), CancellationToken.None);
            for (var answered = 0; answered < Batch;)
            {
                var count = await socket.ReceiveAsync(buffer, CancellationToken.None);
                if (count == 0)
                {
                    throw new SoakException("The server closed an attacker's connection.");
                }

                answered += Count(buffer.AsSpan(0, count), "HTTP/1.1 4"u8);
            }

            refused += Batch;
            var due = TimeSpan.FromSeconds((double)refused * Attackers / PerSecond) - watch.Elapsed;
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due, CancellationToken.None);
            }
        }

        return refused;
    }

    private static int Count(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part) => text.Count(part);
}
