// Owns: what a host shows people at its console: a summary when it has started and when it has stopped, and a live line between them.

using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>Made only for a host that shows something. A terminal that goes away ends the output, and nothing else.</summary>
internal sealed class HostConsole : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly HostConsoleOutput _output;
    private readonly ConsoleSettings _settings;
    private readonly List<HostedServer> _servers;
    private readonly TimeProvider _time;
    private readonly RequestTally _tally;
    private readonly bool _showsSummary;
    private readonly List<CancellationTokenRegistration> _registrations = [];
    private List<ServerRun> _runs = [];
    private TextWriter? _standardOutput;
    private ITimer? _timer;
    private long _started;
    private long _stopping;
    private (long Requests, long Errors, long Time) _shown;

    private HostConsole(
        IServiceProvider services, ServerNames servers, ConsoleSettings settings, HostConsoleOutput output, TimeProvider time)
    {
        (_settings, _output, _time) = (settings, output, time);
        _showsSummary = Summarizes(settings, output);
        _servers = servers.Keys.ConvertAll(services.GetRequiredKeyedService<HostedServer>);
        _servers.ForEach(server => server.IsOnConsole = _showsSummary);
        _tally = new RequestTally(services.GetService<IMeterFactory>());
        if (services.GetService<IHostApplicationLifetime>() is { } lifetime)
        {
            _registrations.Add(lifetime.ApplicationStarted.Register(() => Started(workers: 0)));
            _registrations.Add(lifetime.ApplicationStopping.Register(() => _stopping = _time.GetTimestamp()));
        }

        if (Watches(settings, output))
        {
            services.GetService<ILoggerFactory>()?.AddProvider(output);
        }
    }

    /// <summary>
    /// The console of a host, before it starts; null if nothing is to be shown. Throws <see cref="ServerStartException"/> for settings that
    /// cannot be read.
    /// </summary>
    internal static HostConsole? Of(IServiceProvider services)
    {
        var isTerminal = !Console.IsOutputRedirected;
        var console = Of(services, isTerminal, HostConsoleOutput.OfProcess, Environment.GetCommandLineArgs(), TimeProvider.System);
        if (console is not null && Watches(console._settings, console._output))
        {
            // What the program writes itself must not be replaced by the line.
            console._standardOutput = Console.Out;
            Console.SetOut(console._output);
        }

        return console;
    }

    internal static HostConsole? Of(
        IServiceProvider services, bool isTerminal, Func<bool, HostConsoleOutput> open, IReadOnlyList<string> arguments, TimeProvider time)
    {
        if (services.GetService<ServerNames>() is not { } servers)
        {
            return null;
        }

        var configuration = services.GetService<IConfiguration>();
        var settings = ConsoleSettings.Read(configuration, arguments);
        if (settings is { Summary: false, Watch: false } || (!isTerminal && settings.Summary != true))
        {
            return null;
        }

        // Loads the options of the console's log, which a service whose output nobody reads need not do.
        settings.IsLogStructured = isTerminal && ConsoleLogFormat.IsForPrograms(services, configuration);
        var output = open(isTerminal);
        return Summarizes(settings, output) || Watches(settings, output)
            ? new HostConsole(services, servers, settings, output, time)
            : null;
    }

    /// <summary>All servers are listening.</summary>
    internal void Started(int workers)
    {
        _started = _time.GetTimestamp();
        _runs = [.. _servers.Select(static server => server.Server?.Run).OfType<ServerRun>()];
        if (_runs.Count == 0)
        {
            return;
        }

        if (_showsSummary)
        {
            List<ConsoleRow> rows = [.. _runs.SelectMany(ConsoleRow.Of)];
            if (workers > 0)
            {
                rows.Add(new ConsoleRow("workers", $"{workers}", ""));
            }

            _output.Print(ConsoleText.Started(rows, _output.IsColored));
        }

        if (workers > 0)
        {
            // They serve, and this process counts nothing.
            _runs = [];
        }
        else if (Watches(_settings, _output))
        {
            _shown = (0, 0, _started);
            _timer = _time.CreateTimer(static console => ((HostConsole)console!).Tick(), this, s_interval, s_interval);
        }
    }

    /// <summary>The host has stopped.</summary>
    public void Dispose()
    {
        _registrations.ForEach(static registration => registration.Dispose());
        _timer?.Dispose();
        if (_standardOutput is not null)
        {
            Console.SetOut(_standardOutput);
        }

        if (_showsSummary && _runs.Count > 0)
        {
            var now = _time.GetTimestamp();
            _output.Print(ConsoleText.Stopped(
                _tally.Requests,
                _tally.Errors,
                _time.GetElapsedTime(_started, now),
                _stopping == 0 ? TimeSpan.Zero : _time.GetElapsedTime(_stopping, now),
                _runs.Sum(static run => run.Connections.CutOff),
                _runs.Sum(static run => run.Connections.Count),
                _output.IsColored));
        }

        _tally.Dispose();
    }

    private static bool Summarizes(ConsoleSettings settings, HostConsoleOutput output) =>
        settings.Summary ?? (output.IsTerminal && !settings.IsLogStructured);

    private static bool Watches(ConsoleSettings settings, HostConsoleOutput output) =>
        settings is { Watch: true, IsLogStructured: false } && output.TakesSequences;

    private void Tick()
    {
        var (requests, errors, time) = (_tally.Requests, _tally.Errors, _time.GetTimestamp());
        var seconds = _time.GetElapsedTime(_shown.Time, time).TotalSeconds;
        if (seconds > 0)
        {
            _output.Show(ConsoleText.Watched(
                (requests - _shown.Requests) / seconds,
                (errors - _shown.Errors) / seconds,
                _runs.Sum(static run => run.Connections.Count),
                _tally.TakeP99(),
                Environment.WorkingSet));
            _shown = (requests, errors, time);
        }
    }
}
