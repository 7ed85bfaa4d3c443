// Owns: that a peer of the left-behind matrix receives whole responses in order, each with its own request's letter only.

using TinyHost.Tests.Support;

namespace TinyHost.Tests.LeftBehindMatrix;

internal sealed class ResponseChecker(LeftBehindCell cell, int handled, bool mayBeCutOff)
{
    private const string Switching = "HTTP/1.1 101 Switching Protocols\r\n";

    /// <summary>Describes the first failure in what the server sent. Null if there is none.</summary>
    internal string? Check(string sent)
    {
        var upgrade = sent.IndexOf(Switching, StringComparison.Ordinal);
        var http = upgrade < 0 ? sent : sent[..upgrade];
        IReadOnlyList<WireResponse> responses;
        try
        {
            responses = upgrade < 0
                ? ResponseReader.Read(http, Enumerable.Repeat(("POST", false), handled), ("POST", false))
                : ResponseReader.Read(http, Enumerable.Repeat(("POST", false), handled - 1));
        }
        catch (FormatException e)
        {
            return e.Message;
        }

        var final = responses.Where(response => !response.IsInterim).ToList();
        for (var i = 0; i < final.Count; i++)
        {
            if (CheckResponse(final[i], request: i, isLast: i == final.Count - 1 && upgrade < 0) is { } failure)
            {
                return failure;
            }
        }

        return upgrade >= 0 ? CheckUpgraded(sent[upgrade..])
            : mayBeCutOff || final.Count >= handled ? null
            : $"{handled} requests were handled and {final.Count} responses sent.";
    }

    private string? CheckResponse(WireResponse response, int request, bool isLast)
    {
        if (response.End == ResponseEnd.CutOff)
        {
            return isLast && mayBeCutOff ? null : $"The response to request {request} was cut off without an error.";
        }

        var letter = char.ToUpperInvariant(LeftBehindMessages.LetterOf(request));
        if (response.Values("X-Letter") is not [var marked])
        {
            return response.Status is >= 400 and < 600
                ? null
                : $"The response to request {request} lacks X-Letter and is not an error: {response.Status}.";
        }

        return marked != letter.ToString() || response.Content.AsSpan().IndexOfAnyExcept(letter) >= 0
            ? $"The response to request {request} has the letter {marked} and the content: {Excerpt(response.Content, letter)}."
            : null;
    }

    private string? CheckUpgraded(string sent)
    {
        var head = sent.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var letter = char.ToUpperInvariant(LeftBehindMessages.LetterOf(handled - 1));
        if (head < 0)
        {
            return mayBeCutOff ? null : "The head of the 101 response was cut off without an error.";
        }

        var upgraded = sent[(head + 4)..];
        return cell.Work == LeftBehindWork.WebSocket ? CheckFrames(upgraded, letter)
            : upgraded.AsSpan().IndexOfAnyExcept(letter) >= 0 ? $"The upgraded connection carried: {Excerpt(upgraded, letter)}."
            : null;
    }

    // RFC 6455 §5.2: whole frames, unmasked.
    private string? CheckFrames(string bytes, char letter)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var left = bytes.Length - at;
            var opcode = bytes[at] & 0x0F;
            var size = left < 2 ? 0 : bytes[at + 1] == 126 && left >= 4 ? (bytes[at + 2] << 8) | bytes[at + 3] : bytes[at + 1];
            var start = at + (left >= 2 && bytes[at + 1] == 126 ? 4 : 2);
            if (start + size > bytes.Length)
            {
                return mayBeCutOff ? null : "A frame was cut off without an error.";
            }

            if ((bytes[at] & 0x70) != 0 || opcode is not (0 or 1 or 8 or 9 or 10) || size > 2_000)
            {
                return $"Not a frame: first byte 0x{(int)bytes[at]:X2}, {size} bytes.";
            }

            if (opcode is 0 or 1 && bytes.AsSpan(start, size).IndexOfAnyExcept(letter) >= 0)
            {
                return $"A frame carried: {Excerpt(bytes.Substring(start, size), letter)}.";
            }

            at = start + size;
        }

        return null;
    }

    private static string Excerpt(string content, char letter)
    {
        var start = Math.Max(0, content.AsSpan().IndexOfAnyExcept(letter) - 5);
        return content.Substring(start, Math.Min(60, content.Length - start)).Replace("\r\n", "\\r\\n", StringComparison.Ordinal);
    }
}
