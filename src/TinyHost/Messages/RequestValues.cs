// Owns: reading a request's query and its cookies, once unless there are none.

using System.Text;

namespace TinyHost;

internal static class RequestValues
{
    private static readonly NameValues s_noParameters = new([], "query parameter");
    private static readonly NameValues s_noCookies = new([], "cookie");

    internal static NameValues ReadQuery(Request request)
    {
        request.HeaderLines(out var octets);
        var query = request.Head.Query.Of(octets);
        // The limit of the request line also limits the pairs.
        return query.IsEmpty
            ? s_noParameters
            : request.EnsureExtras().Query = new NameValues(UrlEncoded.Read(query, int.MaxValue)!, "query parameter");
    }

    /// <summary>
    /// RFC 6265 §4.2.1 and §5.4: pairs separated by semicolons. Values stay as they are, quotes included: those are part of the value.
    /// </summary>
    internal static NameValues ReadCookies(Request request)
    {
        List<KeyValuePair<string, string>>? cookies = null;
        foreach (var line in request.HeaderLines(out var octets))
        {
            if (Ascii.EqualsIgnoreCase(line.Name.Of(octets), "Cookie"u8))
            {
                AddCookies(line.Value.Of(octets), cookies ??= []);
            }
        }

        return cookies is null ? s_noCookies : request.EnsureExtras().Cookies = new NameValues(cookies, "cookie");
    }

    private static void AddCookies(ReadOnlySpan<byte> line, List<KeyValuePair<string, string>> cookies)
    {
        foreach (var range in line.Split((byte)';'))
        {
            var pair = line[range];
            var equals = pair.IndexOf((byte)'=');
            var name = equals < 0 ? [] : pair[..equals].Trim(" \t"u8);
            // A browser sends a cookie without a name as its value alone, so nothing says what a text without a name is.
            if (!name.IsEmpty)
            {
                cookies.Add(new(Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(pair[(equals + 1)..].Trim(" \t"u8))));
            }
        }
    }
}
