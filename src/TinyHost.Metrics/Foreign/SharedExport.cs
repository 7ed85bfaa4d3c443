// Owns: that scrapes which come together share what an exporter writes, that it may serve for a while, and going on when it does not return.
// Does not own: what is taken of it (ExporterSet).

namespace TinyHost.Metrics;

/// <summary>One exporter in one format. It runs apart from the scrapes, on the thread pool.</summary>
/// <param name="exporter">The exporter.</param>
/// <param name="format">The format.</param>
/// <param name="lifetime">How long what it wrote serves scrapes that come after it.</param>
/// <param name="patience">How long it may take.</param>
/// <param name="clock">What tells the time.</param>
/// <param name="handedOver">Whether what it writes goes to a Pushgateway or to a file for node_exporter.</param>
internal sealed class SharedExport(
    IMetricsExporter exporter, ExporterFormat format, TimeSpan lifetime, TimeSpan patience, TimeProvider clock, bool handedOver = false)
{
    private readonly Lock _gate = new();
    private Run? _run;
    private bool _late;
    private IReadOnlyList<ExporterFamily>? _last;
    private long _lastAt;
    private int _length;

    /// <summary>
    /// The families of the run under way, of a new one, or of the last when it is young enough. Null when it takes too long, and at once
    /// while a run that did has not ended. Throws <see cref="ScrapeEndedException"/> at the deadline, and what the
    /// exporter throws.
    /// </summary>
    internal async Task<IReadOnlyList<ExporterFamily>?> GetAsync(ScrapeDeadline deadline)
    {
        Run run;
        lock (_gate)
        {
            if (_last is not null && clock.GetElapsedTime(_lastAt) < lifetime)
            {
                return _last;
            }

            if (_late)
            {
                return null;
            }

            run = _run ??= Start();
        }

        var left = patience - clock.GetElapsedTime(run.Began);
        try
        {
            return await run.Families.WaitAsync(deadline.AtMost(left > TimeSpan.Zero ? left : TimeSpan.Zero, clock), clock).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!run.Families.IsFaulted)
        {
            deadline.ThrowIfOver(clock);
            GiveUp(run);
            return null;
        }
    }

    private Run Start()
    {
        var cancel = new CancellationTokenSource();
        return new Run(RunAsync(cancel.Token), cancel, clock.GetTimestamp());
    }

    private void GiveUp(Run run)
    {
        lock (_gate)
        {
            if (_run != run || _late)
            {
                return;
            }

            _late = true;
        }

        // Nobody waits for what the exporter has registered with the token: it may hang as the exporter does.
        _ = run.Cancel.CancelAsync();
    }

    private async Task<IReadOnlyList<ExporterFamily>?> RunAsync(CancellationToken cancelled)
    {
        // Whoever asked holds the lock.
        await Task.Yield();
        try
        {
            var output = new ExporterOutput(_length, cancelled);
            await exporter.WriteAsync(output, format, cancelled).ConfigureAwait(false);
            var text = output.Complete();
            _length = text.Length;
            var reader = new ExporterReader(text, format, handedOver);
            while (reader.Read(LinesBetweenYields))
            {
                await Task.Yield();
            }

            lock (_gate)
            {
                (_last, _lastAt) = lifetime > TimeSpan.Zero ? (reader.Families, clock.GetTimestamp()) : (null, 0);
            }

            return reader.Families;
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

    // The source is not disposed: it has no timer, and may be cancelled while the run ends.
    private sealed record Run(Task<IReadOnlyList<ExporterFamily>?> Families, CancellationTokenSource Cancel, long Began);

    private const int LinesBetweenYields = 1_000;
}
