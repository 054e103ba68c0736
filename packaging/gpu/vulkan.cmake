# Headers of Vulkan that are too old end the compile after minutes, so they are looked at before it begins. Newer ones
# in build/vulkan-headers are taken first: they are headers only, whatever Vulkan library the system has.
if(GGML_VULKAN)
    get_filename_component(newer "${CMAKE_CURRENT_LIST_DIR}/../../build/vulkan-headers" ABSOLUTE)
    if(EXISTS "${newer}/include/vulkan/vulkan.hpp")
        set(Vulkan_INCLUDE_DIR "${newer}/include" CACHE PATH "Khronos' Vulkan-Headers")
    endif()
    find_package(Vulkan QUIET)
    if(Vulkan_VERSION AND Vulkan_VERSION VERSION_LESS 1.3.272) # the first with VK_EXT_layer_settings
        message(FATAL_ERROR "The Vulkan headers in ${Vulkan_INCLUDE_DIR} are of version ${Vulkan_VERSION}, and the engine "
            "needs 1.3.272 or newer. Get newer ones, then start again:\n"
            "  git clone --depth 1 --branch v1.4.309 https://github.com/KhronosGroup/Vulkan-Headers \"${newer}\"\n")
    endif()
endif()
