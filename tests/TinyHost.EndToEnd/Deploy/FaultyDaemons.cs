// Owns: the JSON-RPC example and the tests' daemon under a load with every fault that a dashboard shows.

using System.Globalization;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Deploy;

internal sealed class FaultyDaemons : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly HttpClient _tls = new(new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true });
    private readonly int _tlsPort = FreePort.Next();
    private Daemon? _example;
    private Daemon? _recorder;

    /// <summary>The jobs to scrape.</summary>
    public IEnumerable<(string Job, int Port)> Targets => [("example", _example!.MetricsPort), ("recorder", _recorder!.MetricsPort)];

    public static async Task<FaultyDaemons> StartAsync()
    {
        var daemons = new FaultyDaemons();
        try
        {
            var openSsl = new OpenSsl(daemons._directory);
            await openSsl.MakeAuthorityAsync("root");
            await openSsl.MakeCertificateAsync("leaf", "root");
            daemons._example = await Daemon.StartAsync(
                Daemon.JsonRpc,
                $"--TinyHost:Prefixes:secure:Url=https://127.0.0.1:{daemons._tlsPort}/",
                $"--TinyHost:Prefixes:secure:Certificate={openSsl.PathOf("leaf.pem")}",
                $"--TinyHost:Prefixes:secure:Key={openSsl.PathOf("leaf.key")}",
                "--TinyHost:Prefixes:secure:MaxConnections=2");
            // From now on, the certificate in use cannot be loaded again.
            daemons._directory.Write("leaf.pem", "no certificate");
            daemons._recorder = await Daemon.StartAsync(Daemon.Tests);
            return daemons;
        }
        catch
        {
            await daemons.DisposeAsync();
            throw;
        }
    }

    /// <summary>Some of everything, right and wrong.</summary>
    public async Task UseAsync()
    {
        await _example!.App.CallAsync("add", "[1,2]");
        await _example.App.CallAsync("add", "[]");
        using (await _example.App.GetAsync("/missing", TestContext.Current.CancellationToken))
        using (await _example.Metrics.GetAsync("/-/ready", TestContext.Current.CancellationToken))
        {
        }

        using (var malformed = await RawConnection.OpenAsync(_example.AppPort))
        {
            await malformed.SendAsync("GET / HTTP/9.9\r\n\r\n", TestContext.Current.CancellationToken);
            await malformed.ReadHeadAsync(TestContext.Current.CancellationToken);
        }

        await UseTlsAsync();

        // More series than an instrument may have, what no counter can add, and a scrape that cannot end in time.
        using (await _recorder!.App.PostAsync("/series/3000", content: null, TestContext.Current.CancellationToken))
        using (await _recorder.App.PostAsync("/record", new StringContent("NaN\n1\n"), TestContext.Current.CancellationToken))
        {
        }

        using var scrape = new HttpRequestMessage(HttpMethod.Get, "/metrics")
        {
            Headers = { { "X-Prometheus-Scrape-Timeout-Seconds", 0.001.ToString(CultureInfo.InvariantCulture) } },
        };
        using var response = await _recorder.Metrics.SendAsync(scrape, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _tls.Dispose();
        await (_example?.DisposeAsync() ?? default);
        await (_recorder?.DisposeAsync() ?? default);
        _directory.Dispose();
    }

    /// <summary>A handshake, one that fails, and a connection too many.</summary>
    private async Task UseTlsAsync()
    {
        using (var request = new HttpRequestMessage(HttpMethod.Get, $"https://127.0.0.1:{_tlsPort}/missing"))
        {
            request.Headers.ConnectionClose = true;
            using var response = await _tls.SendAsync(request, TestContext.Current.CancellationToken);
        }

        using (var plain = await RawConnection.OpenAsync(_tlsPort))
        {
            await plain.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n", TestContext.Current.CancellationToken);
            await plain.ReadHeadAsync(TestContext.Current.CancellationToken);
        }

        using var first = await RawConnection.OpenAsync(_tlsPort);
        using var second = await RawConnection.OpenAsync(_tlsPort);
        using var third = await RawConnection.OpenAsync(_tlsPort);
        // Closed at once.
        Assert.Equal(0, await third.Stream.ReadAsync(new byte[1], TestContext.Current.CancellationToken));
    }
}
