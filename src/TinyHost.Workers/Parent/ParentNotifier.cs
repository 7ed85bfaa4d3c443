// Owns: what systemd is told about a program of several processes: by its parent alone.
// Source: systemd, sd_notify(3), systemd.service(5), Type=notify-reload.

using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace TinyHost.Workers;

/// <summary>Does nothing without <c>NOTIFY_SOCKET</c>.</summary>
internal sealed partial class ParentNotifier : IDisposable
{
    private const int TicksPerStatus = 5;
    private const string ExtendTimeout = "EXTEND_TIMEOUT_USEC=15000000";

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly WorkerGroup _group;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly NotifySocket? _socket;
    private readonly ITimer? _ticks;
    private ITimer? _watchdog;
    private int _tick;
    private string _sent = "";
    private volatile bool _isBusy;
    private volatile bool _isStopping;
    private bool _hasFailed;

    /// <param name="variable">Reads a variable of the environment.</param>
    /// <param name="group">The workers.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    internal ParentNotifier(Func<string, string?> variable, WorkerGroup group, TimeProvider time, ILogger logger)
    {
        (_group, _time, _logger) = (group, time, logger);
        if (variable(NotifySocket.Variable) is not { Length: > 0 } address)
        {
            return;
        }

        _socket = NotifySocket.Open(address, out var fault);
        if (fault is not null)
        {
            LogFailed(logger, $"{NotifySocket.Variable} is '{address}': {fault}");
            return;
        }

        _ticks = time.CreateTimer(static notifier => ((ParentNotifier)notifier!).Tick(), this, s_interval, s_interval);
    }

    /// <summary>All workers are ready.</summary>
    internal void Ready(Func<string, string?> variable)
    {
        if (_socket is not null && Watchdog.Interval(variable, Environment.ProcessId) is { } interval)
        {
            _watchdog = _time.CreateTimer(static notifier => ((ParentNotifier)notifier!).FeedWatchdog(), this, interval, interval);
        }

        Send("READY=1", Status());
    }

    /// <summary>The workers are about to be replaced.</summary>
    internal void Reloading()
    {
        _isBusy = true;
        var microseconds = Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);
        Send(
            "RELOADING=1", string.Create(CultureInfo.InvariantCulture, $"MONOTONIC_USEC={microseconds}"), "STATUS=Replacing the workers");
    }

    internal void Reloaded(bool isComplete)
    {
        if (_isStopping)
        {
            // READY would take the stop back, and end the extensions of its time.
            return;
        }

        _isBusy = false;
        var status = isComplete
            ? Status()
            : NotifySocket.Line("STATUS", $"Not replaced: a worker could not start; {_group.DescribeStatus()}");
        Send("READY=1", status);
    }

    internal void Stopping()
    {
        _isStopping = true;
        _isBusy = true;
        Send("STOPPING=1", ExtendTimeout, "STATUS=Stopping the workers");
    }

    public void Dispose()
    {
        _ticks?.Dispose();
        _watchdog?.Dispose();
        _socket?.Dispose();
    }

    private string Status() => _sent = NotifySocket.Line(
        "STATUS", _group.FindFault() is { } fault ? $"Not alive: {fault}" : _group.DescribeStatus());

    private void Tick()
    {
        if (_isBusy)
        {
            Send(ExtendTimeout);
            return;
        }

        var sent = _sent;
        if (sent.Length > 0 && ++_tick % TicksPerStatus == 0 && Status() is var status && status != sent)
        {
            Send(status);
        }
    }

    private void FeedWatchdog()
    {
        if (_group.FindFault() is null)
        {
            Send("WATCHDOG=1");
        }
    }

    private void Send(params string[] lines)
    {
        try
        {
            _socket?.Send(lines);
            _hasFailed = false;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            if (!_hasFailed)
            {
                _hasFailed = true;
                LogFailed(_logger, e.Message);
            }
        }
    }

    [LoggerMessage(13, LogLevel.Warning, "systemd cannot be notified: {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);
}
