// Owns: the load of the shop: ten minutes with an incident in them, in which the database is slow and then refuses orders.

using System.Globalization;
using TinyHost.Testing;

namespace TinyHost.DashboardPicture;

/// <summary>
/// Sends requests whose times the shop's clock decides alone: it stands still until each has arrived, and again until each has been
/// answered. So the charts are those of ten minutes, whatever the machine does meanwhile.
/// </summary>
internal sealed class Load(ManualClock clock, Shop shop) : IDisposable
{
    // Requests a second, and the median and spread of their latency.
    private static readonly (string Method, string Path, double Rate, double Median, double Spread)[] s_kinds =
    [
        ("GET", "/products/7", 14, 0.006, 0.6),
        ("GET", "/search", 6, 0.045, 0.5),
        ("POST", "/orders", 3, 0.09, 0.4),
        ("GET", "/orders/7", 4, 0.018, 0.7),
        ("stock.count", "/rpc", 4, 0.004, 0.5),
        ("price.quote", "/rpc", 2, 0.03, 0.6),
    ];

    private readonly Random _random = new(7);
    private readonly HttpClient _client = new();

    internal async Task RunSecondAsync(int second)
    {
        var start = clock.GetUtcNow();
        var sent = new List<(double Latency, Task Answer)>();
        foreach (var (method, path, rate, median, spread) in s_kinds)
        {
            for (var count = Count(rate * Crowd(second)); count > 0; count--)
            {
                var isRefused = path == "/orders" && second is > 430 and < 475 && _random.NextDouble() < 0.6;
                var latency = isRefused ? 0.002 : Math.Min(0.9, Spread(median * Slowness(second, path), spread));
                sent.Add((latency, SendAsync(method, path, latency, isRefused ? 503 : method == "POST" ? 201 : 200)));
            }
        }

        foreach (var _ in sent)
        {
            await shop.ArrivalAsync();
        }

        foreach (var (latency, answer) in sent.OrderBy(request => request.Latency))
        {
            clock.Advance(start.AddSeconds(latency) - clock.GetUtcNow());
            await answer;
        }

        if (_random.NextDouble() < 0.2)
        {
            using var missing = await _client.GetAsync(new Uri(shop.Url + "/favicon.ico"));
        }

        if (second % 15 == 0)
        {
            using var scrape = await _client.GetAsync(new Uri(shop.MetricsUrl));
        }

        clock.Advance(start.AddSeconds(1) - clock.GetUtcNow());
    }

    public void Dispose() => _client.Dispose();

    // Customers come and go.
    private static double Crowd(int second) => 1 + (0.35 * Math.Sin(second / 75.0)) + (second > 400 ? 0.25 : 0);

    private static double Slowness(int second, string path) =>
        path != "/rpc" && second is > 380 and < 475 ? 1 + (8 * Math.Sin((second - 380) * Math.PI / 95)) : 1;

    // A whole number whose mean is the rate.
    private int Count(double rate) => (int)Math.Floor(rate * (0.8 + (0.4 * _random.NextDouble())) + _random.NextDouble());

    // Log-normal, as latencies are.
    private double Spread(double median, double spread)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
        return median * Math.Exp(spread * normal);
    }

    private async Task SendAsync(string method, string path, double latency, int status)
    {
        using var request = new HttpRequestMessage(path == "/rpc" ? HttpMethod.Post : new HttpMethod(method), shop.Url + path);
        request.Headers.Add("Latency", latency.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("Status", status.ToString(CultureInfo.InvariantCulture));
        if (request.Method == HttpMethod.Post)
        {
            request.Content = new StringContent($$"""{"jsonrpc":"2.0","method":"{{method}}","id":1}""");
        }

        using var response = await _client.SendAsync(request);
        if ((int)response.StatusCode != (path == "/rpc" ? 200 : status))
        {
            throw new InvalidOperationException($"{method} {path} was answered with {(int)response.StatusCode}.");
        }
    }
}
