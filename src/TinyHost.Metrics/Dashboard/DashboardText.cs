// Owns: the dashboard's data as text: JSON for its definitions, short texts for its values.

using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TinyHost.Metrics;

/// <summary>
/// Values are separated by commas, and a gap is empty, so that ten minutes of fifty series stay small. Nothing here contains a line feed
/// or a character that ends a script element.
/// </summary>
internal static class DashboardText
{
    // Five digits and an exponent.
    private const int MaxValue = 32;

    /// <summary>Writes the charts, in their order, and the columns: chart and name of each.</summary>
    internal static void WriteDefinitions(IBufferWriter<byte> output, IReadOnlyList<Column> columns)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteStartArray("charts");
        foreach (var chart in columns.Select(column => column.Chart).DistinctBy(chart => chart.Id).OrderBy(chart => chart.Order))
        {
            json.WriteStartObject();
            json.WriteString("id", chart.Id);
            json.WriteString("title", chart.Title);
            json.WriteString("unit", chart.Unit);
            json.WriteString("query", chart.Query);
            json.WriteString("note", chart.Note);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("columns");
        foreach (var column in columns)
        {
            json.WriteStartArray();
            json.WriteStringValue(column.Chart.Id);
            json.WriteStringValue(column.Name);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes the results of checks: name, state and reason of each.</summary>
    internal static void WriteHealth(IBufferWriter<byte> output, IReadOnlyDictionary<string, HealthResult> results)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartArray();
        foreach (var (name, result) in results)
        {
            json.WriteStartArray();
            json.WriteStringValue(name);
            json.WriteStringValue(StateOf(result));
            json.WriteStringValue(result.Reason ?? "");
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes the workers: the texts of a row of each.</summary>
    internal static void WriteWorkers(IBufferWriter<byte> output, IReadOnlyList<WorkerRow> workers)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartArray();
        foreach (var worker in workers)
        {
            json.WriteStartArray();
            foreach (var text in Describe(worker))
            {
                json.WriteStringValue(text);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    /// <summary>The texts of a row about a worker.</summary>
    internal static string[] Describe(WorkerRow worker) =>
    [
        worker.Number.ToString(CultureInfo.InvariantCulture),
        worker.State,
        worker.Restarts.ToString(CultureInfo.InvariantCulture),
        DateTimeOffset.FromUnixTimeSeconds((long)worker.StartedAt).ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture),
        Describe(worker.Connections, ""),
        Describe(worker.Processors, "cores"),
        double.IsFinite(worker.Resident) ? $"{(worker.Resident / (1 << 20)).ToString("F0", CultureInfo.InvariantCulture)} MiB" : "–",
    ];

    /// <summary>The state of a check, as probes name it.</summary>
    internal static string StateOf(HealthResult result) => result.State switch
    {
        HealthState.Healthy => "healthy",
        HealthState.Degraded => "degraded",
        _ => "unhealthy",
    };

    /// <summary>Writes a second: its time, since 1970, and the value of each column.</summary>
    internal static void WriteSecond(IBufferWriter<byte> output, History history, long second, long startedAt)
    {
        WriteInteger(output, startedAt + second);
        output.Write(";"u8);
        for (var column = 0; column < history.Columns.Count; column++)
        {
            output.Write(column > 0 ? ","u8 : default);
            WriteValue(output, history.Read(column, second));
        }
    }

    /// <summary>Writes the values of a column from one second to another.</summary>
    internal static void WriteColumn(IBufferWriter<byte> output, History history, int column, long from, long to)
    {
        for (var second = from; second <= to; second++)
        {
            output.Write(second > from ? ","u8 : default);
            WriteValue(output, history.Read(column, second));
        }
    }

    /// <summary>A value for people, with its unit.</summary>
    internal static string Describe(double value, string unit) =>
        double.IsNaN(value) ? "–" : $"{value.ToString("G5", CultureInfo.InvariantCulture)} {unit}".TrimEnd();

    internal static void WriteInteger(IBufferWriter<byte> output, long value)
    {
        value.TryFormat(output.GetSpan(MaxValue), out var length, default, CultureInfo.InvariantCulture);
        output.Advance(length);
    }

    internal static void WriteText(IBufferWriter<byte> output, string text) => Encoding.UTF8.GetBytes(text, output);

    private static void WriteValue(IBufferWriter<byte> output, float value)
    {
        if (!float.IsFinite(value))
        {
            return;
        }

        value.TryFormat(output.GetSpan(MaxValue), out var length, "G5", CultureInfo.InvariantCulture);
        output.Advance(length);
    }
}
