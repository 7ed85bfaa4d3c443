// Owns: the status each RejectReason is answered with, and its name in metrics and logs.
// Does not own: the response itself.

using System.Text;

namespace TinyHost;

internal static class RejectReasons
{
    internal static int StatusCode(this RejectReason reason) => reason switch
    {
        RejectReason.MethodTooLong => 501,
        RejectReason.MisdirectedRequest => 421,
        RejectReason.RequestTargetTooLong => 414,
        RejectReason.UnsupportedVersion => 505,
        RejectReason.HeaderSectionTooLarge or RejectReason.TooManyFieldLines or RejectReason.TrailerSectionTooLarge => 431,
        RejectReason.UnsupportedTransferCoding => 501,
        RejectReason.UnsupportedExpectation => 417,
        RejectReason.BodyTooLarge => 413,
        RejectReason.UnsupportedMediaType => 415,
        RejectReason.HeaderSectionTimeout or RejectReason.BodyTooSlow => 408,
        _ => 400,
    };

    /// <summary>The reason in snake case, as in Kestrel's vocabulary of close reasons: <c>invalid_request_line</c>.</summary>
    internal static string Name(this RejectReason reason) => s_names[(int)reason];

    private static readonly string[] s_names = Array.ConvertAll(Enum.GetNames<RejectReason>(), ToSnakeCase);

    internal static string ToSnakeCase(string name)
    {
        var snake = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsUpper(c) && snake.Length > 0)
            {
                snake.Append('_');
            }

            snake.Append(char.ToLowerInvariant(c));
        }

        return snake.ToString();
    }
}
