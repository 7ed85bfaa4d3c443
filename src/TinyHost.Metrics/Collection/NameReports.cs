// Owns: logging once each instrument that its name keeps out of the exposition, or that shares its family with another.

using System.Text;
using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

/// <summary>An instrument is logged once by name, however often its meter is made again.</summary>
internal sealed class NameReports(ILogger logger)
{
    private const int MaxLength = 200;

    private readonly FirstReports<Report> _reported = new();

    /// <summary>Logs that nothing is left of the name of an instrument.</summary>
    internal void ReportUnusable(InstrumentDefinition refused, string name)
    {
        if (IsNew(refused))
        {
            Log.UnusableName(logger, Readable(refused.Instrument), Readable(refused.Meter), Readable(name));
        }
    }

    /// <summary>Logs that an instrument is left out because of another.</summary>
    internal void ReportCollision(InstrumentDefinition refused, InstrumentDefinition rival)
    {
        if (IsNew(refused))
        {
            var reason = rival.Family != refused.Family ? $"whose family {Readable(rival.Family)} has or may have samples of that name"
                : rival.Kind.IsGauge() && refused.Kind.IsGauge()
                    ? "and each of the two gauges would overwrite the values of the other; ScopeLabels tells meters apart"
                : rival.Kind != refused.Kind ? $"which is of another kind ({rival.Kind})"
                : "which has other buckets";
            Log.Collision(
                logger,
                Readable(refused.Instrument),
                Readable(refused.Meter),
                Readable(refused.Family),
                Readable(rival.Instrument),
                Readable(rival.Meter),
                reason);
        }
    }

    /// <summary>Logs that an instrument joins a family that an instrument with another name or unit defined.</summary>
    internal void ReportMerge(InstrumentDefinition joined, InstrumentDefinition first)
    {
        if ((joined.Instrument != first.Instrument || joined.Unit != first.Unit) && IsNew(joined))
        {
            Log.Merged(
                logger,
                Readable(joined.Instrument),
                Readable(joined.Meter),
                Readable(joined.Family),
                Readable(first.Instrument),
                Readable(first.Meter));
        }
    }

    private bool IsNew(InstrumentDefinition definition) =>
        _reported.IsFirst(new Report(definition.Meter, definition.Instrument, definition.Kind, definition.Family));

    /// <summary>A name, of any length and any characters, for a log entry, which is a line.</summary>
    internal static string Readable(string name)
    {
        var shortened = name.Length > MaxLength;
        var text = new StringBuilder(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(shortened ? name[..MaxLength] : name)));
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = char.IsControl(text[i]) || text[i] is '\u2028' or '\u2029' ? '\uFFFD' : text[i];
        }

        return text.Append(shortened ? "…" : "").ToString();
    }

    private readonly record struct Report(string Meter, string Instrument, InstrumentKind Kind, string Family);
}
