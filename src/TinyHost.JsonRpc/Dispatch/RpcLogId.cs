// Owns: the id of a call in the log.

using System.Text;

namespace TinyHost.JsonRpc;

internal static class RpcLogId
{
    private const int MostShown = 100;

    /// <summary>The id as sent, which as JSON has no control characters, but shortened; "no id" for a notification.</summary>
    public static string Of(ReadOnlySpan<byte> id) =>
        id.IsEmpty ? "no id"
        : id.Length <= MostShown ? "id " + Encoding.UTF8.GetString(id)
        : $"id {Encoding.UTF8.GetString(id[..MostShown])}…";
}
