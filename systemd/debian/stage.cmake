# Run by cpack between staging and packing: what Debian has elsewhere or otherwise than an ordinary
# installation. Configuration belongs in /etc, manual pages and changelog are compressed.
file(GLOB stages LIST_DIRECTORIES true "${CPACK_TEMPORARY_INSTALL_DIRECTORY}")
foreach(stage ${stages})
    if(EXISTS "${stage}/usr/etc")
        file(RENAME "${stage}/usr/etc" "${stage}/etc")
    endif()
    file(GLOB compress "${stage}/usr/share/man/*/*.[0-9]" "${stage}/usr/share/doc/tided/changelog")
    foreach(page ${compress})
        execute_process(COMMAND gzip -9nf "${page}" COMMAND_ERROR_IS_FATAL ANY)
    endforeach()
endforeach()
