// Owns: what systemd is told about the life of a host's servers, and reloading at SIGHUP, which systemd sends.
// Source: systemd, sd_notify(3), systemd.service(5), Type=notify-reload.

using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>Part of a host only if <c>NOTIFY_SOCKET</c> is set.</summary>
/// <param name="services">Of the host.</param>
/// <param name="variable">Reads a variable of the environment.</param>
/// <param name="time">The clock.</param>
internal sealed partial class SystemdNotifier(IServiceProvider services, Func<string, string?> variable, TimeProvider time)
    : IHostedLifecycleService, IDisposable
{
    private const int TicksPerStatus = 5;
    private const string ExtendTimeout = "EXTEND_TIMEOUT_USEC=15000000";

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger = ObserverGuard.Create(
        () => (ILoggerFactory?)services.GetService(typeof(ILoggerFactory)), "TinyHost.Systemd").Logger;

    private readonly Lock _lock = new();
    private NotifySocket? _socket;
    private IReadOnlyList<HostedServer> _servers = [];
    private HostStatus? _status;
    private Watchdog? _watchdog;
    private PosixSignalRegistration? _reload;
    private ITimer? _timer;
    private string _sent = "";
    private int _ticks;
    private bool _isStopping;
    private bool _hasFailed;

    // Microsoft.Extensions.Hosting.Systemd sends READY and STOPPING itself.
    private bool IsReadySentByOthers => services.GetService(typeof(IHostLifetime))?.GetType().Name == "SystemdLifetime";

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (variable(NotifySocket.Variable) is { Length: > 0 } address)
        {
            _socket = NotifySocket.Open(address, out var fault);
            if (fault is not null)
            {
                LogFailed(_logger, $"{NotifySocket.Variable} is '{address}': {fault}");
            }
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>All services have started, so all servers are bound.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (_socket is null)
        {
            return Task.CompletedTask;
        }

        // Not earlier: this service is one of them.
        _servers = [.. ((IEnumerable<IHostedService>)services.GetService(typeof(IEnumerable<IHostedService>))!).OfType<HostedServer>()];
        _status = new HostStatus(_servers, time);
        // The signal would end the process. The servers may take it, too, but systemd is to be told before and after.
        _reload = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnReload);
        foreach (var server in _servers)
        {
            server.IgnoreReloadSignal();
        }

        if (Watchdog.Interval(variable, Environment.ProcessId) is { } interval)
        {
            _watchdog = new Watchdog(interval, _servers, line => Send(line), time, _logger);
        }

        _timer = time.CreateTimer(static notifier => ((SystemdNotifier)notifier!).Tick(), this, s_interval, s_interval);
        Send([.. IsReadySentByOthers ? Array.Empty<string>() : ["READY=1"], Status()]);
        return Task.CompletedTask;
    }

    /// <summary>The host stops, which cannot be undone.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (_timer is not null)
        {
            lock (_lock)
            {
                _isStopping = true;
            }

            Send([.. IsReadySentByOthers ? Array.Empty<string>() : ["STOPPING=1"], ExtendTimeout, Status()]);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _reload?.Dispose();
        _timer?.Dispose();
        _watchdog?.Dispose();
        _socket?.Dispose();
    }

    /// <summary>Shows in the status of the service why it did not start. The host is gone by then.</summary>
    internal static void ReportStartFault(ServerStartException fault)
    {
        if (Environment.GetEnvironmentVariable(NotifySocket.Variable) is not { Length: > 0 } address
            || NotifySocket.Open(address, out _) is not { } socket)
        {
            return;
        }

        using (socket)
        {
            var status = NotifySocket.Line("STATUS", fault.Message);
            try
            {
                socket.Send(fault.InnerException is SocketException e
                    ? [status, string.Create(CultureInfo.InvariantCulture, $"ERRNO={e.NativeErrorCode}")]
                    : [status]);
            }
            catch (SocketException)
            {
                // The sentence is written to standard error, too.
            }
        }
    }

    /// <summary>Reads the configuration and the files of the servers again. One that cannot be used leaves what was read.</summary>
    internal void Reload()
    {
        var microseconds = time.GetTimestamp() / (time.TimestampFrequency / 1_000_000);
        Send("RELOADING=1", string.Create(CultureInfo.InvariantCulture, $"MONOTONIC_USEC={microseconds}"), "STATUS=Reloading");
        string? failure = null;
        try
        {
            (services.GetService(typeof(IConfiguration)) as IConfigurationRoot)?.Reload();
            foreach (var server in _servers)
            {
                server.Reload();
            }
        }
#pragma warning disable CA1031 // Reported: the service goes on with what it has read before.
        catch (Exception e)
#pragma warning restore CA1031
        {
            failure = e.Message;
            LogNotReloaded(_logger, e);
        }

        Send("READY=1", failure is null ? Status() : NotifySocket.Line("STATUS", $"Not reloaded: {failure}"));
    }

    private void OnReload(PosixSignalContext signal)
    {
        signal.Cancel = true;
        Reload();
    }

    private void Tick()
    {
        if (_isStopping)
        {
            Send(ExtendTimeout, Status());
            return;
        }

        var sent = _sent;
        if (++_ticks % TicksPerStatus == 0 && _watchdog?.Fault is null && Status() is var status && status != sent)
        {
            Send(status);
        }
    }

    private string Status()
    {
        lock (_lock)
        {
            return _sent = NotifySocket.Line("STATUS", _isStopping ? _status!.DescribeDrain() : _status!.Describe());
        }
    }

    private void Send(params string[] lines)
    {
        try
        {
            _socket!.Send(lines);
            _hasFailed = false;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            if (!_hasFailed)
            {
                _hasFailed = true;
                LogFailed(_logger, Reason(e));
            }
        }
    }

    private string Reason(Exception failure) => failure is SocketException { SocketErrorCode: SocketError.AddressNotAvailable }
        ? $"{NotifySocket.Variable} is '{variable(NotifySocket.Variable)}', where no socket is"
        : failure.Message;

    [LoggerMessage(99, LogLevel.Warning, "systemd cannot be notified: {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);

    [LoggerMessage(100, LogLevel.Error, "The configuration could not be loaded again; the service goes on with the last one.")]
    private static partial void LogNotReloaded(ILogger logger, Exception failure);
}
