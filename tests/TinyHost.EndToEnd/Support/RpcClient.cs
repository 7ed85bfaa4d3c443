// Owns: calling the JSON-RPC example over HTTP.

using System.Net.Http.Headers;
using System.Text;

namespace TinyHost.EndToEnd.Support;

internal static class RpcClient
{
    private static readonly MediaTypeHeaderValue s_json = new("application/json");

    /// <summary>Sends a message and returns the response, whatever its status.</summary>
    public static Task<HttpResponseMessage> PostRpcAsync(this HttpClient http, string message)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(message)) { Headers = { ContentType = s_json } };
        return http.PostAsync("/rpc", content, TestContext.Current.CancellationToken);
    }

    /// <summary>Calls a method and returns the reply.</summary>
    public static async Task<string> CallAsync(this HttpClient http, string method, string parameters)
    {
        using var response = await http.PostRpcAsync($$"""{"jsonrpc":"2.0","method":"{{method}}","params":{{parameters}},"id":1}""");
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
