// Owns: the log messages of TinyHost.Metrics.

using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning,
        "The callback of instrument {Instrument} of meter {Meter} failed; family {Family} is left out until it succeeds. This is "
        + "logged once.")]
    internal static partial void CallbackFailed(ILogger logger, Exception exception, string instrument, string meter, string family);

    [LoggerMessage(2, LogLevel.Warning,
        "Instrument {Instrument} of meter {Meter} is left out: its family name {Family} is taken by instrument {Other} of meter "
        + "{OtherMeter}, {Reason}. Rename one of them. This is logged once.")]
    internal static partial void Collision(
        ILogger logger, string instrument, string meter, string family, string other, string otherMeter, string reason);

    [LoggerMessage(3, LogLevel.Warning,
        "Instrument {Instrument} of meter {Meter} has reached its limit of {Limit} series; measurements with further tag sets are added "
        + "up in the series of family {Family} with otel_metric_overflow=\"true\". Distinct values by label: {Labels}. This is logged "
        + "once.")]
    internal static partial void Overflow(ILogger logger, string instrument, string meter, int limit, string family, string labels);

    [LoggerMessage(4, LogLevel.Debug, "Instrument {Instrument} of meter {Meter} is left out because its kind {Kind} is unknown.")]
    internal static partial void UnknownInstrument(ILogger logger, string instrument, string meter, string kind);

    [LoggerMessage(5, LogLevel.Warning,
        "The callback of instrument {Instrument} of meter {Meter} does not return; family {Family} is left out until it does. The "
        + "callback keeps its thread. This is logged once.")]
    internal static partial void CallbackHangs(ILogger logger, string instrument, string meter, string family);

    [LoggerMessage(6, LogLevel.Warning,
        "The view failed for instrument {Instrument} of meter {Meter}, which is exposed as declared. This is logged once.")]
    internal static partial void ViewFailed(ILogger logger, Exception exception, string instrument, string meter);

    [LoggerMessage(7, LogLevel.Warning, "Exporter {Exporter} failed; it is left out until it succeeds. This is logged once.")]
    internal static partial void ExporterFailed(ILogger logger, Exception exception, string exporter);

    [LoggerMessage(8, LogLevel.Warning, "Exporter {Exporter} does not return; it is left out until it does. This is logged once.")]
    internal static partial void ExporterHangs(ILogger logger, string exporter);

    [LoggerMessage(9, LogLevel.Warning,
        "Family {Family} of exporter {Exporter} is left out because a line would make the whole exposition invalid: {Line} This is "
        + "logged once for each family.")]
    internal static partial void ExporterFamilyInvalid(ILogger logger, string family, string exporter, string line);

    [LoggerMessage(10, LogLevel.Warning,
        "Family {Family} of exporter {Exporter} is left out because its name, or that of one of its samples, is taken by {Owner}. "
        + "This is logged once.")]
    internal static partial void ExporterCollision(ILogger logger, string family, string exporter, string owner);

    [LoggerMessage(11, LogLevel.Warning,
        "Instrument {Instrument} of meter {Meter} is left out: its name \"{Name}\" has no ASCII letter or digit, apart from a counter's "
        + "_total. Rename it, or set Name in a view. This is logged once.")]
    internal static partial void UnusableName(ILogger logger, string instrument, string meter, string name);

    [LoggerMessage(12, LogLevel.Warning,
        "Instrument {Instrument} of meter {Meter} shares family {Family} with instrument {Other} of meter {OtherMeter}: their series "
        + "with equal labels become one. If they measure different things, rename one of them. This is logged once.")]
    internal static partial void Merged(ILogger logger, string instrument, string meter, string family, string other, string otherMeter);

    [LoggerMessage(13, LogLevel.Warning,
        "Exporter {Exporter} wrote more than {Limit} bytes (MaxExporterSize); it is left out until it writes less. This is logged once.")]
    internal static partial void ExporterTooLarge(ILogger logger, string exporter, int limit);

    [LoggerMessage(14, LogLevel.Warning,
        "Family {Family} dropped measurements that would spoil its sums: {Negative} negative ones, {NotFinite} that are NaN or infinite. "
        + "tinyhost_metrics_dropped_total counts them. This is logged once.")]
    internal static partial void Dropped(ILogger logger, string family, long negative, long notFinite);

    [LoggerMessage(15, LogLevel.Warning,
        "Tags {Tag} and {Other} of family {Family} have the same label {Label}: their values are joined, or their series become one. "
        + "Rename one of them. This is logged once for each family.")]
    internal static partial void TagClash(ILogger logger, string tag, string other, string family, string label);

    [LoggerMessage(16, LogLevel.Warning,
        "{File} cannot be read; the process_* series it provides are left out until it can. This is logged once.")]
    internal static partial void ProcessUnreadable(ILogger logger, Exception exception, string file);

    [LoggerMessage(17, LogLevel.Warning,
        "Series with the label {Label} are pushed with exported_{Label} instead, because the grouping key has that label with another "
        + "value and the gateway would overwrite it. This is logged once.")]
    internal static partial void GroupingConflict(ILogger logger, string label);

    [LoggerMessage(18, LogLevel.Warning,
        "The push to {Gateway} failed. It is tried again every {Interval}; further failures are not logged until one succeeds.")]
    internal static partial void PushFailed(ILogger logger, Exception exception, string gateway, TimeSpan interval);

    [LoggerMessage(19, LogLevel.Information, "The push to {Gateway} succeeds again.")]
    internal static partial void PushSucceedsAgain(ILogger logger, string gateway);

    [LoggerMessage(20, LogLevel.Error, "The last push to {Gateway} failed; the gateway keeps what was pushed before.")]
    internal static partial void LastPushFailed(ILogger logger, Exception exception, string gateway);

    [LoggerMessage(22, LogLevel.Warning,
        "The memory that this worker shares with its parent is full: of series from now on the parent has what it was told last. "
        + "tinyhost_worker_unshared_series_total counts them. This is logged once.")]
    internal static partial void SharedMemoryFull(ILogger logger);

    [LoggerMessage(23, LogLevel.Error,
        "The shared memory of worker {Worker} has an invalid record at {Offset}: series that it added after it are missing in the sums. "
        + "This is logged once for each process.")]
    internal static partial void WorkerMemoryInvalid(ILogger logger, string worker, long offset);

    [LoggerMessage(24, LogLevel.Warning,
        "Family {Family} of some workers is left out: in others it has another type, or another family has its name. This is logged "
        + "once.")]
    internal static partial void WorkerFamilyClash(ILogger logger, string family);

    [LoggerMessage(25, LogLevel.Warning, "The parent asked for metrics, and collecting them failed: the answer lacks some.")]
    internal static partial void AnswerFailed(ILogger logger, Exception exception);

    [LoggerMessage(26, LogLevel.Error,
        "Worker {Worker} has another version of TinyHost.Metrics than its parent process, which cannot read its metrics: restart the "
        + "parent. This is logged once for each process.")]
    internal static partial void WorkerVersionDiffers(ILogger logger, string worker);

    [LoggerMessage(21, LogLevel.Error, "Deleting {Gateway} failed; the gateway keeps what was pushed before.")]
    internal static partial void DeletionFailed(ILogger logger, Exception exception, string gateway);
}
