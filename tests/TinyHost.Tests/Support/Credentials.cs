// Owns: Authorization fields of requests.

using System.Text;

namespace TinyHost.Tests.Support;

internal static class Credentials
{
    internal static string Basic(string credentials) =>
        "Authorization: Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials));

    internal static string Bearer(string token) => "Authorization: Bearer " + token;
}
