// Owns: sharing one run of an exporter among the scrapes that want it at the same time, or shortly after.

namespace TinyHost.Metrics;

/// <summary>One exporter in one format. It runs on the thread pool, independently of the scrapes.</summary>
/// <param name="exporter">The exporter.</param>
/// <param name="format">The format.</param>
/// <param name="options">How long its output serves later scrapes (<see cref="MetricsOptions.CacheLifetime"/>), how long it may take (<see
/// cref="MetricsOptions.CallbackTimeout"/>), how much it may write (<see cref="MetricsOptions.MaxExporterSize"/>), and the labels of all
/// series (<see cref="MetricsOptions.Labels"/>).</param>
/// <param name="clock">The clock.</param>
/// <param name="forBatch">Whether its output is for a Pushgateway or node_exporter rather than a scraper.</param>
/// <param name="isVerbatim">
/// Whether no family is left out, and text 0.0.4 stays as written. OpenMetrics is repaired even so: Prometheus rejects a whole scrape
/// because of one exemplar in the wrong place.
/// </param>
internal sealed class SharedExport(
    IMetricsExporter exporter,
    ExporterFormat format,
    MetricsOptions options,
    TimeProvider clock,
    bool forBatch = false,
    bool isVerbatim = false)
{
    // Lines read at a time; between them the thread may go to other work.
    private const int LinesPerPiece = 100;
    private const int MinCapacity = 4_096;

    private static readonly TimeSpan s_burst = TimeSpan.FromMilliseconds(1);

    private readonly AddedLabels? _labels = AddedLabels.Of(options.Labels);
    private readonly Lock _gate = new();
    private Run? _run;
    private bool _late;
    private ExporterText? _last;
    private long _lastAt;
    private readonly SpareMemory _spare = new();
    private int _length = MinCapacity;

    /// <summary>
    /// The text of the run in progress, of a new one, or of the last one if that is recent enough; the caller releases it. Null if the run
    /// takes too long, and at once while a late run has not ended. Throws <see cref="ScrapeEndedException"/> at the deadline, and what the
    /// exporter throws.
    /// </summary>
    internal async Task<ExporterText?> GetAsync(ScrapeDeadline deadline)
    {
        Run run;
        lock (_gate)
        {
            if (_last is not null && clock.GetElapsedTime(_lastAt) < options.CacheLifetime)
            {
                return _last.Hold();
            }

            if (_late)
            {
                return null;
            }

            run = _run ??= Start();
            run.Join();
        }

        var left = options.CallbackTimeout - clock.GetElapsedTime(run.StartedAt);
        try
        {
            var text = await run.Text.WaitAsync(deadline.Limit(left > TimeSpan.Zero ? left : TimeSpan.Zero), clock).ConfigureAwait(false);
            return text?.Hold();
        }
        catch (TimeoutException) when (!run.Text.IsFaulted)
        {
            deadline.ThrowIfPassed();
            Cancel(run);
            return null;
        }
        finally
        {
            run.Leave();
        }
    }

    private Run Start()
    {
        var cancel = new CancellationTokenSource();
        return new Run(RunAsync(cancel.Token), cancel, clock.GetTimestamp());
    }

    private void Cancel(Run run)
    {
        lock (_gate)
        {
            if (_run != run || _late)
            {
                return;
            }

            _late = true;
        }

        // Not awaited: callbacks that the exporter registered may hang as it does.
        _ = run.Cancellation.CancelAsync();
    }

    private async Task<ExporterText?> RunAsync(CancellationToken cancelled)
    {
        // The caller holds the lock.
        await Task.Yield();
        try
        {
            var (written, memory) = await WriteAsync(cancelled).ConfigureAwait(false);
            _length = Math.Max(MinCapacity, written.Length);
            var families = isVerbatim && format == ExporterFormat.Text
                ? FamilyComments.Divide(written)
                : await ReadAsync(written).ConfigureAwait(false);
            var text = new ExporterText(families, memory, _spare);
            lock (_gate)
            {
                _last?.Release();
                (_last, _lastAt) = options.CacheLifetime > TimeSpan.Zero ? (text.Hold(), clock.GetTimestamp()) : (null, 0);
            }

            return text;
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            lock (_gate)
            {
                (_run, _late) = (null, false);
            }
        }
    }

    private async ValueTask<IReadOnlyList<ExporterFamily>> ReadAsync(ReadOnlyMemory<byte> text)
    {
        var reader = new ExporterReader(text, format, forBatch, _labels);
        var bursts = new Bursts(clock, s_burst);
        bursts.Begin();
        while (reader.Read(LinesPerPiece))
        {
            if (bursts.IsOver)
            {
                bursts.End();
                await Task.Yield();
                bursts.Begin();
            }
        }

        return reader.Families;
    }

    private async ValueTask<(ReadOnlyMemory<byte> Text, byte[] Memory)> WriteAsync(CancellationToken cancelled)
    {
        var output = new ExporterOutput(_spare.Take(_length), options.MaxExporterSize, cancelled);
        try
        {
            await exporter.WriteAsync(output, format, cancelled).ConfigureAwait(false);
        }
        catch (Exception exception) when (output.IsTooLarge)
        {
            // An exporter may wrap the exception.
            throw new ExporterTooLargeException(options.MaxExporterSize, exception);
        }

        // Or catch it and go on.
        return output.IsTooLarge ? throw new ExporterTooLargeException(options.MaxExporterSize) : output.Complete();
    }

    // The source has no timer and need not be disposed; it may be cancelled while the run ends.
    private sealed class Run
    {
        // The run itself, until its text is complete, and the scrapes that wait for it. The last one to leave releases the text.
        private int _members = 1;

        internal Run(Task<ExporterText?> text, CancellationTokenSource cancellation, long startedAt)
        {
            (Text, Cancellation, StartedAt) = (text, cancellation, startedAt);
            text.ContinueWith(
                _ => Leave(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        internal Task<ExporterText?> Text { get; }

        internal CancellationTokenSource Cancellation { get; }

        internal long StartedAt { get; }

        internal void Join() => Interlocked.Increment(ref _members);

        internal void Leave()
        {
            if (Interlocked.Decrement(ref _members) == 0 && Text.IsCompletedSuccessfully)
            {
                Text.Result?.Release();
            }
        }
    }
}
