// Owns: the requests of the left-behind matrix. Each has its own letter as content, so that every byte read shows its origin.

using System.Text;

namespace TinyHost.Tests.LeftBehindMatrix;

internal sealed class LeftBehindMessages(Func<int, int> next)
{
    /// <summary>The value of <see cref="ServerLimits.MaxDrainSize"/>.</summary>
    internal const int MaxDrainSize = 1_024;

    /// <summary>The letter that the peer sends after an upgrade.</summary>
    internal const char UpgradedLetter = 'z';

    /// <summary>The letter of a request's content. Its response consists of the same letter in upper case.</summary>
    internal static char LetterOf(int request) => (char)('a' + request);

    /// <summary>The requests on one connection, in order. If the cell upgrades, the last one is the upgrade.</summary>
    internal IEnumerable<byte[]> Requests(LeftBehindCell cell)
    {
        var count = cell.Upgrades ? 1 + next(2) : 3;
        for (var i = 0; i < count; i++)
        {
            yield return cell.Upgrades && i == count - 1
                ? Upgrade(i, cell)
                : Post(i, cell, isLast: cell.Connection == LeftBehindConnection.Close && i == 0 && !cell.Upgrades);
        }
    }

    private byte[] Post(int request, LeftBehindCell cell, bool isLast, string fields = "")
    {
        var close = isLast ? "Connection: close\r\n" : "";
        var head = $"POST /{request} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n{fields}{close}";
        var content = Content(LetterOf(request), cell);
        return Encoding.ASCII.GetBytes(
            cell.Content == LeftBehindContent.Chunked
                ? $"{head}Transfer-Encoding: chunked\r\n\r\n{Chunks(content)}"
                : $"{head}Content-Length: {content.Length}\r\n\r\n{content}");
    }

    private byte[] Upgrade(int request, LeftBehindCell cell)
    {
        if (cell.Work == LeftBehindWork.UpgradedStream)
        {
            var upgraded = Enumerable.Repeat((byte)UpgradedLetter, Size(cell.Content));
            return [.. Post(request, cell, isLast: false, "Connection: upgrade\r\nUpgrade: line\r\n"), .. upgraded];
        }

        var head = $"GET /{request} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. WebSocketMessage(cell), .. WebSocketMessage(cell)];
    }

    // A JSON string, so that reading it as JSON works too.
    private string Content(char letter, LeftBehindCell cell) => $"\"{new string(letter, Size(cell.Content))}\"";

    private int Size(LeftBehindContent content) => content switch
    {
        LeftBehindContent.Small => 1 + next(200),
        LeftBehindContent.Large => (2 * MaxDrainSize) + next(6_000),
        _ => 1 + next(3 * MaxDrainSize),
    };

    private string Chunks(string content)
    {
        var chunks = new StringBuilder();
        for (var at = 0; at < content.Length;)
        {
            var size = Math.Min(1 + next(800), content.Length - at);
            chunks.Append(System.Globalization.CultureInfo.InvariantCulture, $"{size:x}\r\n{content.AsSpan(at, size)}\r\n");
            at += size;
        }

        return chunks.Append("0\r\n\r\n").ToString();
    }

    // RFC 6455 §5.2, with a mask of zeros.
    private IEnumerable<byte> WebSocketMessage(LeftBehindCell cell)
    {
        var left = Size(cell.Content);
        var opcode = 1;
        while (left > 0)
        {
            var size = cell.Content == LeftBehindContent.Chunked ? Math.Min(left, 1 + next(800)) : left;
            left -= size;
            byte[] length = size < 126 ? [(byte)(0x80 | size)] : [0x80 | 126, (byte)(size >> 8), (byte)size];
            var finAndOpcode = (byte)((left == 0 ? 0x80 : 0) | opcode);
            byte[] frame = [finAndOpcode, .. length, 0, 0, 0, 0, .. Enumerable.Repeat((byte)UpgradedLetter, size)];
            opcode = 0;
            foreach (var value in frame)
            {
                yield return value;
            }
        }
    }
}
