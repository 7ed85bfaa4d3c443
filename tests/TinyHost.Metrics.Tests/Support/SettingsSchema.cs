// Owns: the JSON schema of the settings, as editors use it, and the verdict of a program on the same settings.

using System.Text;
using System.Text.Json;
using Json.Schema;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Support;

internal static class SettingsSchema
{
    private static readonly JsonDocumentOptions s_reading = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    private static readonly JsonSchema s_schema = JsonSchema.FromText(File.ReadAllText(Path));

    internal static string Path => System.IO.Path.Combine(Repository.Root, "src", "TinyHost", "ConfigurationSchema.json");

    /// <summary>The whole schema.</summary>
    internal static JsonElement Root { get; } = JsonDocument.Parse(File.ReadAllText(Path)).RootElement;

    /// <summary>Whether the schema accepts the content of an <c>appsettings.json</c>.</summary>
    internal static bool Accepts(string settings)
    {
        using var document = JsonDocument.Parse(settings, s_reading);
        return s_schema.Evaluate(document.RootElement).IsValid;
    }

    /// <summary>A definition with the settings of a section, by name.</summary>
    internal static Dictionary<string, JsonElement> SettingsOf(string definition)
    {
        var section = definition.Length == 0
            ? Root.GetProperty("properties").GetProperty("TinyHost")
            : Root.GetProperty("definitions").GetProperty(definition);
        return section.GetProperty("properties").EnumerateObject().ToDictionary(setting => setting.Name, setting => Resolve(setting.Value));
    }

    /// <summary>
    /// The sentence with which a program that has all kinds of settings refuses them; null if it reads them. It has a server without a name
    /// and one named <c>admin</c>, and binds nothing.
    /// </summary>
    internal static async Task<string?> RefusalAsync(string settings)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(settings));
        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddJsonStream(stream).Build())
            .AddTinyHost("admin", static pipeline => throw new SettingsReadException())
            .AddTinyHost(Build);
        await using var provider = services.BuildServiceProvider();
        foreach (var service in provider.GetServices<IHostedService>())
        {
            try
            {
                await ((IHostedLifecycleService)service).StartingAsync(TestContext.Current.CancellationToken);
                await service.StartAsync(TestContext.Current.CancellationToken);
            }
            catch (SettingsReadException)
            {
                // It would bind its prefixes next.
            }
            catch (ServerStartException refusal)
            {
                return refusal.Message;
            }
        }

        return null;
    }

    private static Func<RequestContext, Task> Build(Pipeline pipeline)
    {
        var options = new MetricsOptions { Protect = static auth => auth.Token("reader", "0123456789abcdef0123456789abcdef") };
        pipeline.UseMetrics(options).Run(static context => Task.CompletedTask);
        throw new SettingsReadException();
    }

    private static JsonElement Resolve(JsonElement setting)
    {
        if (!setting.TryGetProperty("$ref", out var reference))
        {
            return setting;
        }

        var target = Root;
        foreach (var part in reference.GetString()!.Split('/').Skip(1))
        {
            target = target.GetProperty(part);
        }

        return target;
    }

    private sealed class SettingsReadException : Exception;
}
