// Owns: the dashboard of a running server: its clock, its history, and who watches.

using System.Buffers;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

/// <summary>
/// Reads the series once a second from its start until its disposal, whether or not somebody watches. The readings are aligned to whole
/// seconds of the clock, so that none is skipped or doubled; a second in which the process was suspended is a gap.
/// </summary>
internal sealed class LiveDashboard : IDisposable
{
    /// <summary>The path of the page.</summary>
    internal const string PagePath = "/dashboard";

    /// <summary>The path of the events.</summary>
    internal const string EventsPath = PagePath + "/events";

    // Columns get a half of the memory and series a quarter; the rest is for the events.
    private const int ColumnShare = 2;
    private const int SeriesShare = 4;

    // A page that takes longer to load than this has a gap where it was loading.
    private const int MaxCatchUp = 5;

    private const int HealthInterval = 5;

    private readonly Lock _gate = new();
    private readonly ObserverGuard _guard;
    private readonly History _history;
    private readonly HistorySampler _sampler;
    private readonly EventBroadcast _events = new();
    private readonly DashboardHealth _health;
    private TimeProvider _clock;
    private long _origin;
    private long _startedAt;
    private double _readAt;
    private int _published = -1;
    private ITimer? _timer;
    private bool _isDisposed;

    /// <param name="collector">The collector whose families are read.</param>
    /// <param name="memory">The limit on its memory, in bytes.</param>
    /// <param name="logger">The log.</param>
    /// <param name="workers">The workers of this process, which the charts add up; null for none.</param>
    internal LiveDashboard(MetricCollector collector, int memory, ILogger logger, WorkerSources? workers = null)
    {
        _clock = collector.Clock;
        _guard = ObserverGuard.Of(logger);
        _health = new DashboardHealth(_guard);
        _history = new History(memory / ColumnShare / History.ColumnSize);
        _sampler = new HistorySampler(
            collector, _history, new SeriesBudget(memory / SeriesShare / SeriesBudget.SeriesSize), _guard, workers);
    }

    /// <summary>Whether a path is one of the dashboard's.</summary>
    internal static bool IsPath(string path) => path is PagePath or EventsPath;

    /// <summary>Starts reading once a second, unless it has started.</summary>
    /// <param name="probes">The checks to show.</param>
    /// <param name="clock">The clock of the services; null for the collector's.</param>
    internal void Start(HealthProbes? probes, TimeProvider? clock = null)
    {
        lock (_gate)
        {
            _health.Use(probes);
            if (_timer is not null)
            {
                return;
            }

            _clock = clock is null ? _clock : GuardedTime.Around(clock, _guard);
            _origin = _clock.GetTimestamp();
            _startedAt = _clock.GetUtcNow().ToUnixTimeSeconds();
            // Readings must not run in the caller's execution context.
            using (ExecutionContext.SuppressFlow())
            {
                _timer = _clock.CreateTimer(
                    static state => ((LiveDashboard)state!).Tick(), this, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _timer?.Dispose();
            _sampler.Dispose();
        }
    }

    /// <summary>Answers GET and HEAD for one of its paths.</summary>
    /// <param name="context">The request.</param>
    /// <param name="metricsPath">The path of the exposition.</param>
    /// <param name="scrape">Collects the series for a saved page; null to save none.</param>
    internal async Task AnswerAsync(
        RequestContext context, string metricsPath, Func<RequestContext, Task<SavedSeries>>? scrape = null)
    {
        if (context.Request.Path == EventsPath)
        {
            lock (_gate)
            {
                PublishColumns();
            }

            await _events.AnswerAsync(context, output => WriteMissed(output, context.Request.Query["after"])).ConfigureAwait(false);
            return;
        }

        await _health.ReadAsync(PublishHealth).ConfigureAwait(false);
        var saved = DashboardPage.IsSaved(context) && scrape is not null ? await scrape(context).ConfigureAwait(false) : null;
        await new DashboardPage(this, _health.Latest, metricsPath, saved).AnswerAsync(context).ConfigureAwait(false);
    }

    /// <summary>What the history holds now.</summary>
    internal DashboardView View()
    {
        lock (_gate)
        {
            return new DashboardView([.. _history.Columns], _history.Oldest, _history.Newest, _startedAt, _sampler.Workers);
        }
    }

    /// <summary>Writes the values of a column in a view.</summary>
    internal void WriteColumn(IBufferWriter<byte> output, DashboardView view, int column)
    {
        lock (_gate)
        {
            DashboardText.WriteColumn(output, _history, column, view.Oldest, view.Newest);
        }
    }

    /// <summary>The newest value of a column in a view.</summary>
    internal double Latest(DashboardView view, int column)
    {
        lock (_gate)
        {
            return _history.Read(column, view.Newest);
        }
    }

    private void Tick()
    {
        _guard.Run("Reading series for the dashboard", this, static dashboard => dashboard.Read());
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            var elapsed = _clock.GetElapsedTime(_origin).TotalSeconds;
            _timer!.Change(TimeSpan.FromSeconds(Math.Floor(elapsed + 0.5) + 1 - elapsed), Timeout.InfiniteTimeSpan);
        }

        if (_events.Viewers > 0 && _history.Newest % HealthInterval == 0)
        {
            // Not under the lock: it calls the checks of the program. It throws nothing.
            _ = _health.ReadAsync(PublishHealth);
        }
    }

    private void Read()
    {
        lock (_gate)
        {
            var now = _clock.GetElapsedTime(_origin).TotalSeconds;
            var second = (long)Math.Floor(now + 0.5);
            if (_isDisposed || second <= _history.Newest)
            {
                return;
            }

            try
            {
                _sampler.Sample(second, now - _readAt, _health.OpenConnections);
            }
            finally
            {
                _readAt = now;
                Publish(second);
            }
        }
    }

    // The caller holds the lock.
    private void Publish(long second)
    {
        if (_events.Viewers == 0)
        {
            return;
        }

        PublishColumns();
        if (_sampler.Workers is { Count: > 0 } workers)
        {
            _events.Publish(EventBroadcast.Event.Workers, workers, DashboardText.WriteWorkers);
        }

        _events.Publish(EventBroadcast.Event.Values, (this, second), static (output, state) =>
            DashboardText.WriteSecond(output, state.Item1._history, state.second, state.Item1._startedAt));
        _events.Send();
    }

    private void PublishColumns()
    {
        if (_published != _history.Columns.Count)
        {
            _published = _history.Columns.Count;
            _events.Publish(EventBroadcast.Event.Columns, _history.Columns, DashboardText.WriteDefinitions);
        }
    }

    // A viewer gets it with the next second.
    private void PublishHealth() => _events.Publish(EventBroadcast.Event.Health, _health.Latest, DashboardText.WriteHealth);

    // The seconds since the page was made.
    private void WriteMissed(IBufferWriter<byte> output, string? after)
    {
        lock (_gate)
        {
            var newest = long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var time) ? time - _startedAt : -1;
            for (var second = Math.Max(newest, _history.Newest - MaxCatchUp) + 1; second <= _history.Newest; second++)
            {
                output.Write("data: "u8);
                DashboardText.WriteSecond(output, _history, second, _startedAt);
                output.Write("\n\n"u8);
            }
        }
    }
}

/// <summary>The columns and seconds of a history at one moment.</summary>
/// <param name="Columns">The columns.</param>
/// <param name="Oldest">The oldest second.</param>
/// <param name="Newest">The newest second; −1 before the first.</param>
/// <param name="StartedAt">The time of second 0, since 1970.</param>
/// <param name="Workers">The workers; empty for none.</param>
internal sealed record DashboardView(
    Column[] Columns, long Oldest, long Newest, long StartedAt, IReadOnlyList<WorkerRow> Workers);
