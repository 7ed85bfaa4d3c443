// Owns: a worker's answers to its parent.

using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

/// <summary>Who has what a worker answers.</summary>
/// <param name="Collection">The collections.</param>
/// <param name="Exporters">The exporters; null for none.</param>
/// <param name="Options">The options.</param>
internal sealed record AnswerSource(SharedCollection Collection, ExporterSet? Exporters, MetricsOptions Options);

/// <summary>
/// Answers one question after the other, from construction until the parent is gone: with the series that are not in shared memory, all
/// exemplars, and what exporters write.
/// </summary>
internal sealed class WorkerAnswers(Socket parent, ILogger logger)
{
    private readonly RecordWriter _records = new();
    private volatile AnswerSource? _source;

    /// <summary>Says who has the answers from now on; null while no server runs.</summary>
    internal void Use(AnswerSource? source) => _source = source;

    /// <summary>Answers until the parent is gone.</summary>
    internal async Task RunAsync()
    {
        try
        {
            var question = new byte[Question.Length];
            while (await SocketBytes.TryReceiveAsync(parent, question).ConfigureAwait(false))
            {
                await AnswerAsync(Question.Read(question)).ConfigureAwait(false);
            }
        }
        catch (SocketException)
        {
            // The parent is gone, and takes its workers along.
        }
        catch (ObjectDisposedException)
        {
            // The process ends.
        }
    }

    private async Task AnswerAsync(Question question)
    {
        _records.Clear();
        var source = _source;
        var isComplete = false;
        ExportResult? exported = null;
        try
        {
            exported = source is null ? null : await CollectAsync(source, question.Format).ConfigureAwait(false);
            isComplete = source is not null;
        }
#pragma warning disable CA1031 // A collection that fails must not end the answers: this one lacks what is missing.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.AnswerFailed(logger, exception);
        }

        using (exported)
        {
            var parts = exported?.Parts ?? [];
            if (!isComplete)
            {
                await SendAsync(new AnswerHead(question.Number, AnswerHead.Missing, AnswerHead.Missing)).ConfigureAwait(false);
                return;
            }

            // An exporter that failed has not forgotten what it counted.
            if (exported is { Failed: > 0 } or { Late: > 0 } or { TooLarge: > 0 })
            {
                await SendAsync(new AnswerHead(question.Number, _records.Count, AnswerHead.Missing)).ConfigureAwait(false);
                await SocketBytes.SendAsync(parent, _records.WrittenMemory).ConfigureAwait(false);
                return;
            }

            await SendAsync(new AnswerHead(question.Number, _records.Count, parts.Sum(part => (long)part.Length))).ConfigureAwait(false);
            await SocketBytes.SendAsync(parent, _records.WrittenMemory).ConfigureAwait(false);
            foreach (var part in parts)
            {
                await SocketBytes.SendAsync(parent, part).ConfigureAwait(false);
            }
        }
    }

    private ValueTask SendAsync(AnswerHead head) => SocketBytes.SendAsync(parent, head.ToBytes());

    private async Task<ExportResult?> CollectAsync(AnswerSource source, ExporterFormat format)
    {
        ExpositionFormat text = format == ExporterFormat.OpenMetrics
            ? TextFormat.OpenMetrics(EscapingScheme.Underscores)
            : TextFormat.Instance;
        var exports = source.Exporters?.Start(text, ScrapeDeadline.None);
        var collected = source.Options.ExportersAlone
            ? CollectionResult.Empty
            : await source.Collection.GetAsync(ScrapeDeadline.None).ConfigureAwait(false);
        var writer = new SnapshotWriter(_records);
        var exported = exports is null
            ? null
            : await source.Exporters!.EndAsync(exports, collected.Families, text, null).ConfigureAwait(false);
        foreach (var family in exported?.LeftOf(collected.Exposed) ?? collected.Exposed)
        {
            writer.Write(family);
        }

        return exported;
    }
}
