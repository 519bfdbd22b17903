// openapi-generator, kotlin over OkHttp and Moshi. The document comes first:
//   curl -o api/openapi-3.0.json https://shop.example/api/openapi-3.0.json
plugins {
    kotlin("jvm") version "2.2.0" // or the Android plugins of the app
    id("org.openapi.generator") version "7.23.0"
}

val generated = layout.buildDirectory.dir("generated/tributary")

openApiGenerate {
    generatorName.set("kotlin")
    inputSpec.set("$projectDir/api/openapi-3.0.json")
    outputDir.set(generated.map { it.asFile.path })
    packageName.set("com.example.shop.api")
    configOptions.set(
        mapOf(
            "library" to "jvm-okhttp4",
            "serializationLibrary" to "moshi",
            "collectionType" to "list",
            "dateLibrary" to "java8", // OffsetDateTime: below Android 8 with desugaring
        ),
    )
    generateApiTests.set(false)
    generateModelTests.set(false)
}

kotlin.sourceSets["main"].kotlin.srcDir(generated.map { it.dir("src/main/kotlin") })
tasks.named("compileKotlin") { dependsOn("openApiGenerate") }

dependencies {
    implementation("com.squareup.okhttp3:okhttp:4.12.0")
    implementation("com.squareup.moshi:moshi-kotlin:1.15.2")
}
