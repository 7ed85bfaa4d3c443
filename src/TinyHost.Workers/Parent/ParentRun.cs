// Owns: the life of a parent process: its servers, its workers, its signals, its exit code.

using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TinyHost.Workers;

internal sealed partial class ParentRun : IDisposable
{
    // To end what the host itself has given up.
    private static readonly TimeSpan s_afterShutdown = TimeSpan.FromSeconds(15);

    private readonly IHost _host;
    private readonly ILogger _logger;
    private readonly WorkerGroup _group;
    private readonly TargetList _targets;
    private readonly WorkerSettings _settings;
    private readonly HostConsole? _console;
    private readonly TaskCompletionSource _stopRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly Replacements _replacements;
    private Supervisor? _supervisor;
    private ParentNotifier? _notifier;

    private ParentRun(IHost host, WorkerSettings settings)
    {
        (_host, _settings) = (host, settings);
        _logger = ObserverGuard.Create(host.Services.GetService<ILoggerFactory>, "TinyHost.Workers").Logger;
        _targets = new TargetList(settings.TargetsFile, _logger);
        _group = new WorkerGroup(settings.Count, _targets, TimeProvider.System);
        _replacements = new Replacements(ReplaceAsync);
        _console = HostConsole.Of(host.Services);
    }

    /// <summary>
    /// Runs until a signal, or until the token is cancelled. Disposes the host. Throws <see cref="ServerStartException"/>.
    /// </summary>
    internal static async Task<int> RunAsync(IHost host, WorkerSettings settings, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new ServerStartException(
                $"Cannot start {settings.Count} workers: only Linux hands listening sockets to other processes. Run one process instead "
                + "(0 workers).");
        }

        using var run = new ParentRun(host, settings);
        var servers = new List<HostedServer>();
        try
        {
            var launcher = await run.ListenAsync(servers, cancellationToken).ConfigureAwait(false);
            return await run.ServeAsync(launcher, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (var server in servers)
            {
                await ((IHostedService)server).StopAsync(CancellationToken.None).ConfigureAwait(false);
            }

            await DisposeAsync(host).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _signals.ForEach(static signal => signal.Dispose());
        _notifier?.Dispose();
        _supervisor?.Dispose();
        _group.Dispose();
        _targets.Close();
        _console?.Dispose();
    }

    private static async Task DisposeAsync(IHost host)
    {
        if (host is IAsyncDisposable asynchronous)
        {
            await asynchronous.DisposeAsync().ConfigureAwait(false);
        }
        else
        {
            host.Dispose();
        }
    }

    /// <summary>Starts the servers: they listen on every prefix, and serve their monitoring ports.</summary>
    private async Task<WorkerLauncher> ListenAsync(List<HostedServer> servers, CancellationToken cancellationToken)
    {
        var services = _host.Services;
        if (HandoverSettings.Read(services.GetService<IConfiguration>()).Path.Length > 0)
        {
            throw new ServerStartException(
                "Cannot start: TinyHost:Handover is set, and workers are replaced at SIGHUP instead; leave one of TinyHost:Handover and "
                + "TinyHost:Workers out.");
        }

        var handover = services.GetRequiredService<HostHandover>();
        handover.Use(SystemdSockets.OfProcess.ForHost([]));
        foreach (var key in services.GetRequiredService<ServerNames>().Keys)
        {
            var server = services.GetRequiredKeyedService<HostedServer>(key);
            servers.Add(server);
            await server.StartForAsync(_group, cancellationToken).ConfigureAwait(false);
        }

        var listeners = handover.Sockets.Kept.Open.Where(listener => !listener.IsMonitoring).ToList();
        if (listeners.Count == 0)
        {
            throw new ServerStartException(
                "Cannot start workers: all prefixes are for monitoring, which the parent serves; give the app a prefix with a port of its "
                + "own (TinyHost:Prefixes).");
        }

        if (!servers.Exists(server => server.Server!.MetricsUrls.Any()))
        {
            LogNoMetricsPort(_logger);
        }

        _targets.Create();
        return new WorkerLauncher(WorkerCommand.OfProcess(), listeners, _group, _logger);
    }

    private async Task<int> ServeAsync(WorkerLauncher launcher, CancellationToken cancellationToken)
    {
        var times = new WorkerTimes(
            _settings.StartTimeout, ShutdownLimit.Of(_host.Services) + s_afterShutdown, TimeProvider.System);
        _supervisor = new Supervisor(_settings.Count, launcher, times, _logger);
        _notifier = new ParentNotifier(Environment.GetEnvironmentVariable, _group, TimeProvider.System, _logger);
        using var cancelled = cancellationToken.UnsafeRegister(static run => ((ParentRun)run!)._stopRequested.TrySetResult(), this);
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT])
        {
            _signals.Add(PosixSignalRegistration.Create(signal, OnStop));
        }

        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangUp));
        LogStarting(_logger, _settings.Count);
        var starting = _supervisor.StartAsync();
        await Task.WhenAny(starting, _stopRequested.Task).ConfigureAwait(false);
        if (!_stopRequested.Task.IsCompleted)
        {
            if (await starting.ConfigureAwait(false) is { } code)
            {
                // The process has ended without an error, and without having served.
                return code == 0 ? 1 : code;
            }

            LogServing(_logger, _settings.Count);
            _console?.Started(_settings.Count);
            _notifier.Ready(Environment.GetEnvironmentVariable);
            _replacements.Begin();
            await _stopRequested.Task.ConfigureAwait(false);
        }

        await StopAsync(starting).ConfigureAwait(false);
        return 0;
    }

    private async Task StopAsync(Task starting)
    {
        LogStopping(_logger);
        _group.BeginStop();
        _notifier!.Stopping();
        var replaced = _replacements.EndAsync();
        await _supervisor!.StopAsync().ConfigureAwait(false);
        await starting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await replaced.ConfigureAwait(false);
        LogStopped(_logger);
    }

    private void OnStop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (!_stopRequested.TrySetResult())
        {
            _supervisor!.Hurry();
        }
    }

    private void OnHangUp(PosixSignalContext signal)
    {
        signal.Cancel = true;
        _replacements.Request();
    }

    private async Task ReplaceAsync()
    {
        _notifier!.Reloading();
        _notifier.Reloaded(await _supervisor!.ReplaceAsync().ConfigureAwait(false));
    }

    [LoggerMessage(14, LogLevel.Information, "Starting {Count} workers.")]
    private static partial void LogStarting(ILogger logger, int count);

    [LoggerMessage(15, LogLevel.Information, "All {Count} workers are ready.")]
    private static partial void LogServing(ILogger logger, int count);

    [LoggerMessage(16, LogLevel.Information, "Stopping the workers.")]
    private static partial void LogStopping(ILogger logger);

    [LoggerMessage(17, LogLevel.Information, "All workers have ended.")]
    private static partial void LogStopped(ILogger logger);

    [LoggerMessage(18, LogLevel.Warning,
        "The metrics have no port of their own, so each scrape shows the one worker that answers it. Give them a port "
        + "(TinyHost:Metrics:Port).")]
    private static partial void LogNoMetricsPort(ILogger logger);
}
