// Owns: a server for a test, in memory: its start, its clients and its end.

using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TinyHost.Testing;

/// <summary>
/// A real server without ports: <c>await using var app = TestServer.Start(handler);</c>. Its connections are pipes in memory, its clock
/// stands still until the test advances it, and everything it logs and measures is kept. Servers of tests that run at once share nothing.
/// </summary>
/// <remarks>
/// Prefixes work as they do over sockets, each port within its test server; TLS and the PROXY protocol do not: an <c>https://</c> prefix is
/// served without TLS. Settings of a server apply: limits, named prefixes, the drain delay.
/// </remarks>
public sealed class TestServer : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly MemoryNetwork _network;
    private readonly List<HttpClient> _clients = [];
    private IAsyncDisposable? _owner;
    private Func<CancellationToken, Task>? _stop;
    private IServiceProvider? _services;

    private TestServer(ManualClock? time)
    {
        Time = time ?? new ManualClock();
        _network = new MemoryNetwork(Time);
        Metrics = new CapturedMetrics(_network);
    }

    /// <summary>A client of the first prefix: <c>app.Client.GetStringAsync("/hello")</c>. The test server disposes it.</summary>
    public HttpClient Client => field ??= ClientAt(_network.AddressOfApp());

    /// <summary>The clock of the server, and of stages that take theirs from the services.</summary>
    public ManualClock Time { get; }

    /// <summary>What the server and its app have logged.</summary>
    public CapturedLogs Logs { get; } = new();

    /// <summary>What the server and its app have measured.</summary>
    public CapturedMetrics Metrics { get; }

    /// <summary>The services of the app.</summary>
    public IServiceProvider Services => _services!;

    /// <summary>
    /// Starts a server for a handler, a <see cref="Stage"/> or <see cref="Routes"/>. Without a prefix of <paramref name="configure"/> it
    /// listens on <c>http://localhost:80/</c>. <paramref name="time"/> is its clock; by default a new one. Throws
    /// <see cref="ServerStartException"/> as a start over sockets would.
    /// </summary>
    public static TestServer Start(
        Func<RequestContext, Task> app, Action<ServerOptions>? configure = null, ManualClock? time = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        return Start(_ => app, null, configure, time);
    }

    /// <summary>
    /// As the other, for a chain that <paramref name="build"/> folds, with services that <paramref name="addServices"/> adds to those of
    /// every test server: logging, an <see cref="IMeterFactory"/>, and <see cref="Time"/> as the <see cref="TimeProvider"/>.
    /// </summary>
    public static TestServer Start(
        Func<Pipeline, Func<RequestContext, Task>> build,
        Action<IServiceCollection>? addServices = null,
        Action<ServerOptions>? configure = null,
        ManualClock? time = null)
    {
        ArgumentNullException.ThrowIfNull(build);
        var test = new TestServer(time);
        try
        {
            var services = new ServiceCollection();
            services.AddLogging(test.Capture);
            test.AddTo(services);
            addServices?.Invoke(services);
            var provider = services.BuildServiceProvider();
            test._owner = provider;
            test.Use(provider);
            var options = new ServerOptions { Services = provider, TimeProvider = test.Time, Network = test._network };
            configure?.Invoke(options);
            if (options.Prefixes.Count == 0)
            {
                options.Prefixes.Add("http://localhost:80/");
            }

            var server = new HttpServer(options, build(new Pipeline(provider)));
            test._owner = new Owner(server, provider);
            test._stop = server.StopAsync;
            // Completes at once: nothing is bound.
            server.StartAsync().GetAwaiter().GetResult();
            return test;
        }
        catch
        {
            test.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    /// <summary>
    /// Starts a Generic Host with every server that <paramref name="configure"/> adds (<c>AddTinyHost</c>), and its other services. The
    /// host reads no configuration but that which <paramref name="configure"/> adds, such as
    /// <c>host.Configuration["TinyHost:Prefixes:0"] = "http://localhost:8080/"</c>. Throws what the start of a host throws.
    /// </summary>
    public static async Task<TestServer> StartHostAsync(Action<HostApplicationBuilder> configure, ManualClock? time = null)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var test = new TestServer(time);
        try
        {
            var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
            test.Capture(builder.Logging);
            test.AddTo(builder.Services);
            builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
            configure(builder);
            var host = builder.Build();
            (test._owner, test._stop) = ((IAsyncDisposable)host, host.StopAsync);
            test.Use(host.Services);
            // Measurements of the host's background services count, too.
            test._network.Enter();
            await host.StartAsync().ConfigureAwait(false);
            return test;
        }
        catch
        {
            await test.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// A client of the prefix with this name, such as <c>metrics</c>. The test server disposes it. Throws <see cref="ArgumentException"/>
    /// if no prefix has the name.
    /// </summary>
    public HttpClient ClientFor(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return ClientAt(_network.AddressOf(prefix));
    }

    /// <summary>As the other, for the prefix with this port, such as 9100. Throws <see cref="ArgumentException"/> without one.</summary>
    public HttpClient ClientFor(int port) => ClientAt(_network.AddressOf(port));

    /// <summary>
    /// A handler that connects to this server, for clients with settings of their own and for WebSockets. It uses no proxy. The caller
    /// disposes it.
    /// </summary>
    public SocketsHttpHandler CreateHandler() => new()
    {
        UseProxy = false,
        ConnectCallback = (connecting, _) => new(_network.Connect(connecting.DnsEndPoint.Port)),
    };

    /// <summary>
    /// Ends when no request is in progress. A client may have the whole response before its handler has ended: await this before reading
    /// what such a handler logs and measures at its end. Await it too between advancing <see cref="Time"/> and relying on connections that
    /// this closes. An open event stream or WebSocket is a request in progress.
    /// </summary>
    public Task IdleAsync(CancellationToken cancellationToken = default) => _network.IdleAsync(cancellationToken);

    /// <summary>Stops the server, or the host, as the end of its process would: requests in progress may finish.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => _stop?.Invoke(cancellationToken) ?? Task.CompletedTask;

    /// <summary>
    /// Aborts requests in progress and ends the server. A handler that has not ended after 5 seconds, real ones, is left behind.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        var ended = _owner?.DisposeAsync().AsTask() ?? Task.CompletedTask;
        try
        {
            await ended.WaitAsync(s_patience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The server gives its handlers as long, by its own clock.
            Time.Advance(s_patience);
            await ended.ConfigureAwait(false);
        }

        Metrics.Stop();
    }

    private HttpClient ClientAt(Uri address)
    {
        var client = new HttpClient(CreateHandler()) { BaseAddress = address };
        _clients.Add(client);
        return client;
    }

    private void Capture(ILoggingBuilder logging) => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Logs.Provider);

    private void Use(IServiceProvider services)
    {
        _services = services;
        Metrics.Factory = services.GetService<IMeterFactory>();
    }

    private void AddTo(IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton<IMemoryNetwork>(_network);
    }

    private sealed class Owner(HttpServer server, ServiceProvider services) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await server.DisposeAsync().ConfigureAwait(false);
            await services.DisposeAsync().ConfigureAwait(false);
        }
    }

    // The signals of the test's process are not the host's.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
