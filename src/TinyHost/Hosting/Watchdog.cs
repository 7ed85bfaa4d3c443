// Owns: pinging systemd's watchdog while the servers of a host live, and only then.
// Source: systemd, sd_watchdog_enabled(3).

using System.Globalization;
using Microsoft.Extensions.Logging;

namespace TinyHost;

internal sealed partial class Watchdog : IDisposable
{
    private readonly IReadOnlyList<HostedServer> _servers;
    private readonly Action<string> _notify;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private int _isChecking;
    private volatile string? _fault;

    /// <param name="interval">How often to ping.</param>
    /// <param name="servers">The servers; those that do not run are left out.</param>
    /// <param name="notify">Sends a line.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where faults are reported.</param>
    internal Watchdog(
        TimeSpan interval, IReadOnlyList<HostedServer> servers, Action<string> notify, TimeProvider time, ILogger logger)
    {
        (_servers, _notify, _logger) = (servers, notify, logger);
        _timer = time.CreateTimer(static watchdog => _ = ((Watchdog)watchdog!).CheckAsync(), this, interval, interval);
    }

    /// <summary>Why the watchdog is not pinged; null while it is.</summary>
    internal string? Fault => _fault;

    /// <summary>Whether a check is in progress. Its ping may have been sent.</summary>
    internal bool IsChecking => Volatile.Read(in _isChecking) != 0;

    /// <summary>Half of the time in which systemd expects a ping; null if it expects none from this process.</summary>
    internal static TimeSpan? Interval(Func<string, string?> variable, int processId) =>
        (variable("WATCHDOG_PID") is not { Length: > 0 } pid || pid == processId.ToString(CultureInfo.InvariantCulture))
        && long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
        && microseconds >= 2 * TimeSpan.MicrosecondsPerMillisecond
            ? TimeSpan.FromMilliseconds(microseconds / (2 * TimeSpan.MicrosecondsPerMillisecond))
            : null;

    public void Dispose() => _timer.Dispose();

    private async Task CheckAsync()
    {
        // A check that takes longer than the interval delays the next ping, as it should; so does a queue of systemd's that is full.
        if (Interlocked.Exchange(ref _isChecking, 1) != 0)
        {
            return;
        }

        try
        {
            var faults = await Task.WhenAll(_servers.Select(server => server.Pulse?.FindFaultAsync() ?? Task.FromResult<string?>(null)))
                .ConfigureAwait(false);
            Report(string.Join("; ", faults.OfType<string>().Distinct()));
        }
        finally
        {
            Volatile.Write(ref _isChecking, 0);
        }
    }

    private void Report(string fault)
    {
        if (fault.Length > 0)
        {
            if (_fault is null)
            {
                LogFault(_logger, fault);
            }

            _fault = fault;
            _notify(NotifySocket.Line("STATUS", $"Not alive: {fault}"));
            return;
        }

        if (_fault is not null)
        {
            _fault = null;
            LogAlive(_logger);
        }

        _notify("WATCHDOG=1");
    }

    [LoggerMessage(101, LogLevel.Error, "The watchdog of systemd is no longer pinged, because the server is not alive: {Fault}")]
    private static partial void LogFault(ILogger logger, string fault);

    [LoggerMessage(102, LogLevel.Information, "The watchdog of systemd is pinged again.")]
    private static partial void LogAlive(ILogger logger);
}
