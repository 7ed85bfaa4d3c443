using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost;
using TinyHost.JsonRpc;

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
{
    Args = args,
    ContentRootPath = AppContext.BaseDirectory,
});

// A source generator writes the code that reads the params and writes the results.
var rpc = new JsonRpcHandler()
    .Add("add", (long a, long b) => a + b)
    .Add("order.total", (Order order) => order.Quantity * order.Price);

builder.Services.AddTinyHost(pipeline => pipeline
    .UseErrors()
    // A page for trying the methods, beside the metrics: http://localhost:9100/rpc, if the setting JsonRpc:TryItPage is true.
    .UseJsonRpcPage(rpc)
    .UseMetrics(port: 9100)
    .Run(new Routes().Post("/rpc", rpc)));
return await builder.Build().RunTinyHostAsync();

internal sealed record Order(string Item, int Quantity, decimal Price);

[JsonSerializable(typeof(Order))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class Api : JsonSerializerContext;
