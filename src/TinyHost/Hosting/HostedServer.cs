// Owns: a server's life within its host, and its end points for the host's other services.

using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// A server that <c>AddTinyHost</c> has added to a Generic Host, as a service of that host:
/// <c>GetRequiredService&lt;HostedServer&gt;()</c>, or <c>GetRequiredKeyedService&lt;HostedServer&gt;("admin")</c> for a server with a
/// name. It starts and stops with the host.
/// </summary>
/// <remarks>
/// A host that does not start binds nothing; one that stops drains within its shutdown timeout.
/// </remarks>
public sealed partial class HostedServer : IHostedLifecycleService, IAsyncDisposable, IDisposable
{
    private readonly IServiceProvider _services;
    private readonly IConfiguration? _configuration;
    private readonly string? _name;
    private readonly ServerNames _servers;
    private readonly HostHandover _handover;
    private readonly Action<ServerOptions>? _configure;
    private readonly Func<Pipeline, Func<RequestContext, Task>> _build;
    private volatile HttpServer? _server;
    private IWorkerGroup? _workers;
    private ServerLimits? _limitsInCode;
    private IEnumerable<string> _prefixSections = [];
    private PosixSignalRegistration? _reload;
    private SettingsReload? _settingsReload;

    internal HostedServer(
        IServiceProvider services,
        IConfiguration? configuration,
        string? name,
        ServerNames servers,
        HostHandover handover,
        Action<ServerOptions>? configure,
        Func<Pipeline, Func<RequestContext, Task>> build)
    {
        _services = services;
        _configuration = configuration;
        _name = name;
        _servers = servers;
        _handover = handover;
        _configure = configure;
        _build = build;
    }

    /// <summary>
    /// The addresses and ports listened on, in the order of the prefixes, port 0 replaced by the one the system chose, and a
    /// <see cref="UnixEndPoint"/> for each Unix socket; empty while the server is not running. It is running once its host has started, and
    /// for services added after it.
    /// </summary>
    public IReadOnlyList<IPEndPoint> EndPoints => _server?.EndPoints ?? [];

    /// <summary>Whether the server lives, for a watchdog; null while it is not running.</summary>
    internal IServerPulse? Pulse => _server?.Pulse;

    /// <summary>The open connections; null while the server is not running.</summary>
    internal ConnectionTable? Connections => _server?.Connections;

    /// <summary>The running server; null while there is none.</summary>
    internal HttpServer? Server => _server;

    /// <summary>Whether the console shows what the server listens on, so that the log need not.</summary>
    internal bool IsOnConsole { get; set; }

    /// <summary>
    /// The first end point of the prefix with this name. Throws <see cref="InvalidOperationException"/> while the server is not running,
    /// and <see cref="ArgumentException"/> if no prefix has the name.
    /// </summary>
    public IPEndPoint EndPointOf(string prefix) =>
        _server?.EndPointOf(prefix) ?? throw new InvalidOperationException("The server has not started: its host starts it.");

    Task IHostedLifecycleService.StartingAsync(CancellationToken cancellationToken) => _handover.TakeOverAsync(cancellationToken);

    async Task IHostedService.StartAsync(CancellationToken cancellationToken)
    {
        _server ??= await CreateAsync().ConfigureAwait(false);
        await _server.StartAsync(cancellationToken).ConfigureAwait(false);
        if (_configuration is not null)
        {
            _settingsReload ??= new SettingsReload(
                _configuration, _name, _servers, _limitsInCode!, _prefixSections, _server, Logger());
        }

        if ((_server.CanReload || _configuration is IConfigurationRoot) && !OperatingSystem.IsWindows())
        {
            _reload ??= PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnReload);
        }
    }

    Task IHostedLifecycleService.StartedAsync(CancellationToken cancellationToken) => _handover.EndPredecessorAsync();

    Task IHostedLifecycleService.StoppingAsync(CancellationToken cancellationToken)
    {
        _handover.Close();
        return Task.CompletedTask;
    }

    Task IHostedLifecycleService.StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    async Task IHostedService.StopAsync(CancellationToken cancellationToken)
    {
        if (_server is { } server)
        {
            var stopped = server.StopAsync(cancellationToken);
            // The host has taken the first signal as the request to stop, and ignores further ones.
            using var interrupt = server.HasDrainDelay ? CutDelayOn(PosixSignal.SIGINT, server) : null;
            using var terminate = server.HasDrainDelay ? CutDelayOn(PosixSignal.SIGTERM, server) : null;
            await stopped.ConfigureAwait(false);
        }

        IgnoreReloadSignal();
        _settingsReload?.Dispose();
        _settingsReload = null;
    }

    /// <summary>Starts the server in a parent process: it listens everywhere, and serves its monitoring ports.</summary>
    internal Task StartForAsync(IWorkerGroup workers, CancellationToken cancellationToken)
    {
        _workers = workers;
        return ((IHostedService)this).StartAsync(cancellationToken);
    }

    /// <summary>Loads the files of the settings again.</summary>
    internal void Reload() => _server?.Reload();

    /// <summary>Ends the delay of a stop in progress.</summary>
    internal void CutDelay()
    {
        if (_server is { Pulse.IsStopping: true } server)
        {
            _ = server.StopAsync(CancellationToken.None);
        }
    }

    /// <summary>Leaves SIGHUP to a caller who calls <see cref="Reload"/>.</summary>
    internal void IgnoreReloadSignal()
    {
        _reload?.Dispose();
        _reload = null;
    }

    /// <summary>Stops the server at once. The host calls this.</summary>
    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? default;

    /// <summary>As <see cref="DisposeAsync"/>, for a host that is disposed synchronously.</summary>
    // A container that is disposed synchronously rejects services that are only IAsyncDisposable. The wait is short: requests in progress
    // are aborted.
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static PosixSignalRegistration CutDelayOn(PosixSignal signal, HttpServer server) =>
        PosixSignalRegistration.Create(signal, context => _ = server.StopAsync(CancellationToken.None));

    // The signal would end a program that does not take it.
    private void OnReload(PosixSignalContext signal)
    {
        signal.Cancel = true;
        try
        {
            (_configuration as IConfigurationRoot)?.Reload();
        }
#pragma warning disable CA1031 // Logged: a source can throw anything, and the thread of a signal must not end the process.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            LogNotReloaded(Logger(), fault.Message);
        }

        Reload();
    }

    private ILogger Logger() => ObserverGuard.Create(_services.GetService<ILoggerFactory>, "TinyHost.HttpServer").Logger;

    [LoggerMessage(113, LogLevel.Error, "The configuration cannot be loaded again and stays as it was: {Fault}")]
    private static partial void LogNotReloaded(ILogger logger, string fault);

    private async Task<HttpServer> CreateAsync()
    {
        var services = _workers is null ? _services : new ParentServices(_services, _workers);
        var root = ((IHostEnvironment?)_services.GetService(typeof(IHostEnvironment)))?.ContentRootPath;
        var network = _services.GetService<IMemoryNetwork>();
        var options = new ServerOptions
        {
            Services = services,
            IsForMonitoringAlone = _workers is not null,
            ContentRoot = root,
            ListeningLevel = IsOnConsole ? LogLevel.Debug : LogLevel.Information,
            ReportsUnwantedSockets = _servers.StartsLast(),
            Inherited = () => _handover.Sockets,
            Network = network,
            TimeProvider = network?.Time ?? TimeProvider.System,
        };
        _configure?.Invoke(options);
        _limitsInCode = options.Limits.Copy();
        var settings = _configuration is null ? null : ServerConfiguration.SectionOf(_configuration, _name);
        // The operator's settings override the program's.
        if (_configuration is not null)
        {
            ServerConfiguration.Apply(_configuration, _name, _servers, options);
            _prefixSections = options.Prefixes.Select(prefix => prefix.SettingsPath).OfType<string>();
        }

        if (_workers is not null)
        {
            // The workers have waited by then.
            options.DrainDelay = TimeSpan.Zero;
        }

        ShutdownTimeout.WarnIfShorter(_services, options);
        var chain = _build(new Pipeline(services, settings))
            ?? throw new InvalidOperationException("The function given to AddTinyHost returned null instead of a handler.");
        var server = new HttpServer(options, chain);
        if (settings is not null && UnreadSection(settings, chain) is { } unread)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw new ServerStartException(
                $"Cannot start: a stage of the chain does not read {unread}, because it was made without the services and settings of its "
                + "server; make its pipeline with new Pipeline(outer.Services, outer.Settings), or pass it both.");
        }

        return server;
    }

    // A pipeline made without the services would drop the operator's settings without a word.
    private static string? UnreadSection(IConfigurationSection settings, Func<RequestContext, Task> chain)
    {
        foreach (var stage in StageRun.FindAll(chain))
        {
            if (stage.SettingsSection is { } needed
                && settings.GetSection(needed.Name) is var section
                && !new Setting(section).IsEmpty
                && !section.Path.Equals(needed.ReadPath, StringComparison.OrdinalIgnoreCase))
            {
                return section.Path;
            }
        }

        return null;
    }
}
