// Owns: a server whose metrics have a web configuration file, the file, certificates beside it, and a client.

using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using TinyHost.Metrics;
using TinyHost.Tests.Support;

namespace TinyHost.WebConfig.Tests.Support;

internal sealed class WebConfigServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private HttpServer? _server;

    internal WebConfigServer()
    {
        Write("server.crt", Authority.Issue(isRsa: true), "server.key");
        WriteFile("two.pem", TestAuthority.Pem(Authority2.Public));
    }

    internal static TestAuthority Authority { get; } = new();

    /// <summary>Issued by another authority, with one name.</summary>
    internal static X509Certificate2 Client1 { get; } = new TestAuthority("One").Issue(names => names.AddDnsName("one"));

    internal static TestAuthority Authority2 { get; } = new("Two");

    /// <summary>Has names of every kind.</summary>
    internal static X509Certificate2 Client2 { get; } = Authority2.Issue(names =>
    {
        names.AddDnsName("test3");
        names.AddEmailAddress("ops@shop.example");
        names.AddIpAddress(IPAddress.Parse("192.0.2.7"));
        names.AddUri(new Uri("spiffe://shop/scraper"));
    });

    internal ManualTime Time { get; } = new();

    internal RecordingLogger Log { get; } = new();

    internal MeterRecorder Meters { get; } = new();

    internal string Path => _folder.PathOf("web.yml");

    internal void Write(string text) => File.WriteAllText(Path, text);

    internal void WriteFile(string name, string text) => File.WriteAllText(_folder.PathOf(name), text);

    internal string PathOf(string name) => _folder.PathOf(name);

    internal string Read(string name) => File.ReadAllText(_folder.PathOf(name));

    internal Task StartAsync(string text, Action<AuthenticationOptions>? protect = null, Action<MetricsOptions>? configure = null)
    {
        Write(text);
        return StartAsync(protect, configure);
    }

    internal async Task StartAsync(Action<AuthenticationOptions>? protect = null, Action<MetricsOptions>? configure = null)
    {
        var options = new MetricsOptions
        {
            Prefix = "metrics",
            WebConfigFile = Path,
            WebConfiguration = new WebConfiguration(),
            Protect = auth =>
            {
                auth.TimeProvider = Time;
                protect?.Invoke(auth);
            },
        };
        configure?.Invoke(options);
        var services = new LogAndMeters(Log, Meters);
        var app = new Pipeline(services).UseErrors(logger: Log).UseMetrics(options).Run(
            context => context.Response.WriteTextAsync("app"));
        var serverOptions = new ServerOptions { TimeProvider = Time, Services = services };
        // A test may advance its clock when a peer has a response of which the server does not yet know that it has been sent.
        serverOptions.Limits.MinDataRate = 0;
        serverOptions.Prefixes.Add("http://127.0.0.1:0/");
        serverOptions.Prefixes.Add("metrics=http://127.0.0.1:0/");
        _server = new HttpServer(serverOptions, app);
        await _server.StartAsync();
    }

    /// <summary>Asks for a path of the metrics port, over TLS unless told otherwise.</summary>
    internal async Task<HttpResponseMessage> GetAsync(
        string path = "/metrics",
        bool tls = true,
        string? credentials = null,
        X509Certificate2? certificate = null,
        SslProtocols versions = SslProtocols.None,
        params TlsCipherSuite[] suites)
    {
        using var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                EnabledSslProtocols = versions,
#pragma warning disable CA1416 // Tests with suites do not run on Windows, where the file may not have them.
                CipherSuitesPolicy = suites.Length == 0 ? null : new CipherSuitesPolicy(suites),
#pragma warning restore CA1416
                ClientCertificates = certificate is null ? null : [certificate],
                LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!,
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { Authority.Public },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
        using var client = new HttpClient(handler) { Timeout = TestTimeout.Long };
        using var request = new HttpRequestMessage(
            HttpMethod.Get, $"{(tls ? "https" : "http")}://127.0.0.1:{_server!.EndPointOf("metrics").Port}{path}");
        if (credentials is not null)
        {
            request.Headers.Add("Authorization", Credentials.Basic(credentials)["Authorization: ".Length..]);
        }

        var response = await client.SendAsync(request);
        await response.Content.ReadAsStringAsync();
        return response;
    }

    internal async Task<int> GetStatusAsync(string path = "/metrics", bool tls = false, string? credentials = null)
    {
        using var response = await GetAsync(path, tls, credentials);
        return (int)response.StatusCode;
    }

    internal static async Task<SslStream> HandshakeAsync(int port)
    {
        var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
#pragma warning disable CA5359 // The test looks at the certificate.
        var stream = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await stream.AuthenticateAsClientAsync("localhost");
        return stream;
    }

    /// <summary>The subject of the certificate in use.</summary>
    internal async Task<string> SubjectAsync()
    {
        await using var stream = await HandshakeAsync(_server!.EndPointOf("metrics").Port);
        return stream.RemoteCertificate!.Subject;
    }

    // A file is loaded again once it has stayed the same from one tick to the next; ticks look on the thread pool.
    internal Task TickUntilAsync(Func<bool> condition) => Until.TrueAsync(() =>
    {
        Time.Advance(TimeSpan.FromSeconds(1));
        return condition();
    });

    internal int Reloads(string outcome) => Meters.Tags("tinyhost.file.reloads").Count(tags => (string?)tags["outcome"] == outcome);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Dispose();
        Log.Dispose();
        Meters.Dispose();
    }

    private void Write(string name, X509Certificate2 certificate, string keyName)
    {
        WriteFile(name, TestAuthority.Pem(certificate));
        WriteFile(keyName, TestAuthority.KeyPem(certificate));
    }

    private sealed class LogAndMeters(ILoggerFactory log, IMeterFactory meters) : IServiceProvider
    {
        public object? GetService(Type serviceType) =>
            serviceType == typeof(ILoggerFactory) ? log : serviceType == typeof(IMeterFactory) ? meters : null;
    }
}
