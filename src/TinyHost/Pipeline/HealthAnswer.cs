// Owns: the answers to health probes: status, text and JSON.
// Source: Prometheus, "Management API", Health check and Readiness check.

using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace TinyHost;

internal static class HealthAnswer
{
    private const string Allowed = "GET, HEAD, OPTIONS";

    internal static Task AnswerAsync(RequestContext context, ProbedChecks checks, bool isReadiness)
    {
        var response = context.Response;
        response.Fields["Cache-Control"] = "no-store";
        switch (context.Request.Method)
        {
            case "GET" or "HEAD":
                return ReadAsync(context, checks, isReadiness);
            case "OPTIONS":
                response.StatusCode = 204;
                response.ResetContent();
                response.Fields["Allow"] = Allowed;
                return Task.CompletedTask;
            case var _ when !context.Request.IsMethodDefined:
                return response.AnswerAsync(501, "There is no such method.\n");
            default:
                response.Fields["Allow"] = Allowed;
                return response.AnswerAsync(405, "Use GET or HEAD.\n");
        }
    }

    private static async Task ReadAsync(RequestContext context, ProbedChecks checks, bool isReadiness)
    {
        var readings = await checks.ReadAsync(context.Stages.Pulse, isReadiness).ConfigureAwait(false);
        var state = readings.Count == 0 ? HealthState.Healthy : readings.Min(reading => reading.Result.State);
        var response = context.Response;
        response.Fields["Vary"] = "Accept";
        var status = state == HealthState.Unhealthy ? 503 : 200;
        if (PrefersJson(context.Request.Fields["Accept"]))
        {
            response.StatusCode = status;
            response.ResetContent();
            response.ContentType = "application/json";
            WriteJson(response, state, readings);
            return;
        }

        var word = (isReadiness, status) switch
        {
            (true, 200) => "Ready.\n",
            (true, _) => "Not ready.\n",
            (false, 200) => "Healthy.\n",
            _ => "Unhealthy.\n",
        };
        var troubles = readings.Where(reading => reading.Result.State != HealthState.Healthy).Select(reading => reading + "\n");
        await response.AnswerAsync(status, word + string.Concat(troubles)).ConfigureAwait(false);
    }

    private static void WriteJson(Response response, HealthState state, IReadOnlyList<HealthReading> readings)
    {
        using var json = new Utf8JsonWriter((IBufferWriter<byte>)response);
        json.WriteStartObject();
        json.WriteString("status", HealthReading.TextOf(state));
        json.WriteStartObject("checks");
        foreach (var reading in readings)
        {
            json.WriteStartObject(reading.Check.Name);
            json.WriteString("status", HealthReading.TextOf(reading.Result.State));
            if (reading.Result.Reason is { } reason)
            {
                json.WriteString("reason", reason);
            }

            json.WriteNumber("seconds", Math.Round(reading.Duration.TotalSeconds, 6));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    // Text unless JSON is named and has more weight (RFC 9110 §12.5.1).
    private static bool PrefersJson(string? accept)
    {
        var (json, text) = (0.0, 0.0);
        foreach (var member in (accept ?? "").Split(','))
        {
            var parts = member.Split(';', StringSplitOptions.TrimEntries);
            var weight = 1.0;
            foreach (var parameter in parts.Skip(1))
            {
                if (parameter.StartsWith("q=", StringComparison.OrdinalIgnoreCase)
                    && !double.TryParse(parameter.AsSpan(2), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out weight))
                {
                    weight = 0;
                }
            }

            switch (parts[0].ToUpperInvariant())
            {
                case "APPLICATION/JSON" or "APPLICATION/*":
                    json = Math.Max(json, weight);
                    break;
                case "TEXT/PLAIN" or "TEXT/*" or "TEXT/HTML":
                    text = Math.Max(text, weight);
                    break;
            }
        }

        return json > text;
    }
}
